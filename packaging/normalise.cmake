# Before cpack packs: times and permissions that do not depend on when and where it was built.
set(ENV{SOURCE_DATE_EPOCH} ${CPACK_GRADWIRE_DATE})
set(place ${CPACK_TEMPORARY_DIRECTORY})
execute_process(COMMAND chmod -R u=rwX,go=rX ${place} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND find ${place} -exec touch --no-dereference --date=@${CPACK_GRADWIRE_DATE} {} +
                COMMAND_ERROR_IS_FATAL ANY)
