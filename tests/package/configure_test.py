"""A SimGrid that cannot be built against is refused before anything compiles."""

from __future__ import annotations

import os
import subprocess

from support import SOURCE, EndToEnd, main

CMAKE = os.environ["GRADWIRE_CMAKE"]


class Configure(EndToEnd):
    def configure(self, simgrid: str) -> subprocess.CompletedProcess[str]:
        """Configures with a SimGrid that claims to be of this version."""
        (self.folder / "simgrid.pc").write_text(
            f"Name: simgrid\nDescription: claims a version\nVersion: {simgrid}\nLibs:\nCflags:\n"
        )
        return subprocess.run(
            [CMAKE, "-G", "Ninja", "-DBUILD_TESTING=OFF",
             "-S", SOURCE, "-B", self.folder / "build"],
            env=self.environment() | {"PKG_CONFIG_PATH": str(self.folder)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def test_simgrid_4_is_refused_with_the_reason(self) -> None:
        # In one build folder: what is found is looked for again after a refusal.
        for version in ("4.0", "4.1"):
            with self.subTest(version=version):
                done = self.configure(version)
                self.assertNotEqual(done.returncode, 0)
                said = " ".join(done.stderr.split())
                self.assertIn(f"gradwire needs SimGrid 3.32 to 3.36 and found {version}: ", said)
                self.assertIn("Name another one by PKG_CONFIG_PATH", said)

    def test_an_old_simgrid_is_refused(self) -> None:
        done = self.configure("3.31")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("simgrid>=3.32", done.stdout + done.stderr)

    def test_versions_between_are_not_refused(self) -> None:
        done = self.configure("3.36")
        self.assertNotIn("SimGrid 3.32 to 3.36", done.stderr)
        self.assertNotIn("simgrid>=3.32", done.stderr)


if __name__ == "__main__":
    main()
