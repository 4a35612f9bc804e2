#include "sim/run/build_id.hpp"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace gradwire::run {
namespace {

constexpr std::size_t note_alignment = 4;

std::size_t aligned(std::size_t bytes) {
  return (bytes + note_alignment - 1) / note_alignment * note_alignment;
}

/// The description of the note of type NT_GNU_BUILD_ID in a segment of notes; empty without one.
std::span<const std::byte> find_build_id(std::span<const std::byte> notes) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    const auto* const head = reinterpret_cast<const ElfW(Nhdr)*>(notes.data());
    const std::size_t name = sizeof *head, description = name + aligned(head->n_namesz);
    const std::size_t end = description + aligned(head->n_descsz);
    if (end > notes.size()) break;
    const std::string_view owner(reinterpret_cast<const char*>(notes.data() + name),
                                 head->n_namesz);
    if (head->n_type == NT_GNU_BUILD_ID && owner == std::string_view("GNU\0", 4)) {
      return notes.subspan(description, head->n_descsz);
    }
    notes = notes.subspan(end);
  }
  return {};
}

}  // namespace

std::string build_id() {
  std::string id;
  dl_iterate_phdr(
      [](dl_phdr_info* program, std::size_t, void* out) {
        for (const ElfW(Phdr) & segment : std::span(program->dlpi_phdr, program->dlpi_phnum)) {
          if (segment.p_type != PT_NOTE) continue;
          const auto* const begin =
              reinterpret_cast<const std::byte*>(program->dlpi_addr + segment.p_vaddr);
          for (const std::byte byte : find_build_id({begin, segment.p_memsz})) {
            *static_cast<std::string*>(out) += fmt::format("{:02x}", static_cast<int>(byte));
          }
        }
        return 1;  // the first entry is the program itself
      },
      &id);
  return id.empty() ? "unknown" : id;
}

}  // namespace gradwire::run
