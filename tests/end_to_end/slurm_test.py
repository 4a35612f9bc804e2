"""gradwire slurm against a real Slurm, which the test starts on loopback; and the same shards by
GNU parallel. Skipped where root or the packages slurm-wlm, munge and parallel are missing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
import unittest
from pathlib import Path

from support import GRADWIRE, METHODS, EndToEnd, leftovers, main, runs_of, tiny, wait_until

# Their ids hash to all of four shards.
SWEEP = [{"algorithm": METHODS}, {"seed": [1, 2, 4]}]


def long_runs() -> dict:
    """12 runs of some seconds each."""
    return tiny(SWEEP, epochs=8000, evaluate_every=8000)


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Script(EndToEnd):
    def slurm(self, *arguments: str | Path, status: int = 0) -> str:
        done = self.gradwire("slurm", *arguments)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout if status == 0 else done.stderr

    def test_has_one_task_for_each_shard_and_the_users_options(self) -> None:
        file = self.write(tiny(SWEEP))
        options = ["--time=1:00:00", "-p", "long jobs", "--cpus-per-task=4"]
        said = self.slurm(file, "-o", "a place", "--tasks", "3", "--threads", "2", "--", *options)

        folder = self.folder / "a place"
        script = folder / "slurm.sh"
        self.assertEqual(
            said, f"3 of 3 tasks have incomplete runs. To submit them: sbatch '{script}'\n"
        )
        lines = script.read_text().splitlines()
        for line in (
            "#SBATCH --job-name=gradwire-tiny",
            "#SBATCH --array=0-2",
            "#SBATCH --requeue",
            "#SBATCH --signal=B:TERM@300",
            f'#SBATCH --output="{folder}/slurm/%A_%a.out"',
            "#SBATCH --time=1:00:00",
            '#SBATCH -p "long jobs"',
            "#SBATCH --cpus-per-task=4",
        ):
            self.assertIn(line, lines)
        self.assertTrue(script.stat().st_mode & stat.S_IXUSR)
        self.assertEqual(json.loads((folder / "experiment.json").read_text())["name"], "tiny")

    def test_runs_by_hand_as_in_a_task(self) -> None:
        self.slurm(self.write(tiny(SWEEP)), "-o", "out", "--tasks", "2")
        for task in range(2):
            variables = {"SLURM_ARRAY_TASK_ID": str(task), "SLURM_CPUS_PER_TASK": "2"}
            done = subprocess.run(
                [self.out / "slurm.sh"],
                env=self.environment() | variables,
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(runs_of(self.out)), 12)
        text = self.slurm("x.json", "-o", "out", "--tasks", "2")
        self.assertEqual(text, "12 of 12 runs complete; nothing to submit\n")

    def test_names_only_the_shards_that_miss_runs(self) -> None:
        file = self.write(tiny(SWEEP))
        self.run_sweep(file, self.out, "--shard", "1/4", "--quiet")
        self.slurm(file, "-o", "out", "--tasks", "4")
        self.assertIn("#SBATCH --array=0,2-3\n", (self.out / "slurm.sh").read_text())

    def test_a_changed_experiment_replaces_the_old_one(self) -> None:
        self.slurm(self.write(tiny(SWEEP)), "-o", "out")
        self.slurm("x.json", "-o", "out", "--set", "epochs=4")
        written = json.loads((self.out / "experiment.json").read_text())
        self.assertEqual(written["base"]["epochs"], 4)

        endless = self.write(tiny([{"seed": [1]}], epochs=1e6), "endless.json")
        busy = self.start("run", endless, "-o", self.folder / "busy", "--shard", "0/1")
        wait_until(
            lambda: leftovers(self.folder / "busy") if (self.folder / "busy").exists() else 0
        )
        said = self.slurm("x.json", "-o", "busy", status=1)
        self.assert_one_line(said, "another gradwire is writing to this results folder")
        busy.send_signal(signal.SIGTERM)

    def test_wrong_options_are_an_error_and_nothing_is_written(self) -> None:
        file = self.write(tiny(SWEEP))
        said = self.slurm(file, "-o", "out", "--", "long", status=2)
        self.assert_one_line(said, "^long: options of sbatch follow -- and begin with -")
        said = self.slurm(file, "-o", "out", "--", "--comment=a\nb", status=2)
        self.assertIn("an option of sbatch may not have a line break", said)
        said = self.slurm(file, "-o", "out", "--set", "epochs=0", status=2)
        self.assertFalse(self.out.exists())


def begun_runs(results: Path) -> list[Path]:
    return [p for p in (results / "runs").glob(".partial-*") if p.is_dir()]


class Slurm(EndToEnd):
    """slurmctld and slurmd of this host alone, with configuration and authentication of their own."""

    def setUp(self) -> None:
        super().setUp()
        missing = [p for p in ("slurmctld", "slurmd", "munged", "sbatch") if not shutil.which(p)]
        if missing or os.geteuid() != 0:
            self.skipTest(
                f"needs root, slurm-wlm and munge; missing: {', '.join(missing) or 'root'}"
            )
        self.place = self.folder / "slurm"
        self.place.mkdir()
        self.munge()
        self.configure()
        # Each daemon in the foreground, as a child of the test.
        self.daemon("slurmctld", "-D", "-c", "-f", str(self.place / "slurm.conf"))
        self.daemon(
            "slurmd", "-D", "-f", str(self.place / "slurm.conf"), "-N", socket.gethostname()
        )
        if not wait_until(lambda: "idle" in self.said("sinfo", "--noheader", "--format=%T"), 60):
            logs = "".join((self.place / f).read_text() for f in ("slurmctld.log", "slurmd.log"))
            self.fail(f"Slurm does not start:\n{logs}")

    def daemon(self, *command: str) -> None:
        log = (self.place / f"{command[0]}.out").open("w")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env=self.environment(), start_new_session=True
        )
        self.addCleanup(self.stop, process)

    @staticmethod
    def stop(process: subprocess.Popen) -> None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def munge(self) -> None:
        key = self.place / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        self.daemon(
            "munged", "--foreground", "--force", f"--key-file={key}",
            *(f"--{kind}-file={self.place}/munge.{kind}" for kind in ("pid", "log", "seed")),
            f"--socket={self.place}/munge.socket",
        )  # fmt: skip
        self.assertTrue(wait_until((self.place / "munge.socket").exists, 20), "munged")

    def configure(self) -> None:
        host = socket.gethostname()
        control, node = free_ports(2)
        for folder in ("state", "spool"):
            (self.place / folder).mkdir()
        (self.place / "slurm.conf").write_text(
            f"""
ClusterName=gradwire
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control}
SlurmdPort={node}
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={self.place}/munge.socket,cred_expire=2
StateSaveLocation={self.place}/state
SlurmdSpoolDir={self.place}/spool
SlurmctldPidFile={self.place}/slurmctld.pid
SlurmdPidFile={self.place}/slurmd.pid
SlurmctldLogFile={self.place}/slurmctld.log
SlurmdLogFile={self.place}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SwitchType=switch/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
SlurmdParameters=config_overrides
MinJobAge=5
KillWait=10
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""
        )

    def environment(self) -> dict[str, str]:
        return super().environment() | {"SLURM_CONF": str(self.folder / "slurm" / "slurm.conf")}

    def command(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment(), capture_output=True, text=True, check=False
        )

    def said(self, *command: str) -> str:
        return self.command(*command).stdout

    def queue(self, job: str) -> list[str]:
        """The tasks of a job as "STATE INDEX"; of one that Slurm has forgotten none."""
        done = self.command("squeue", "--noheader", "--array", "--format=%T %K", f"--jobs={job}")
        if done.returncode != 0 and "Invalid job id" not in done.stderr:
            return [f"UNKNOWN: {done.stderr}"]  # a controller that is slow to answer
        return done.stdout.splitlines()

    def outputs(self) -> str:
        files = sorted((self.out / "slurm").glob("*.out"))
        return "\n".join(f"{f.name}:\n{f.read_text()}" for f in files)

    def submit(self, *arguments: str) -> str:
        done = self.gradwire("slurm", "x.json", "-o", "out", "--submit", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def wait_for(self, job: str) -> None:
        self.assertTrue(wait_until(lambda: not self.queue(job), 300), self.queue(job))

    def test_a_requeued_and_a_cancelled_task_end_in_the_bytes_of_a_local_run(self) -> None:
        self.write(long_runs())
        reference = self.folder / "reference"
        self.run_sweep(self.folder / "x.json", reference, "--quiet")
        options = ["--tasks", "4", "--checkpoint-every", "2000", "--", "--time=10:00"]

        said = self.submit(*options)
        self.assertRegex(
            said, r"^job \d+: 4 of 4 tasks submitted, 0-3; gradwire status .*/out shows"
        )
        job = said.split()[1].rstrip(":")
        self.assertTrue(wait_until(lambda: self.queue(job).count("RUNNING 0") == 1, 60))
        again = self.submit(*options)
        self.assertRegex(again, "^all incomplete shards are queued or running; ")
        # Each of the four tasks has begun a run; before that, SIGTERM would end one without a word.
        self.assertTrue(wait_until(lambda: len(begun_runs(self.out)) >= 4, 60))
        self.said("scontrol", "requeue", f"{job}_0")
        self.said("scancel", f"{job}_2")
        # Slurm holds a requeued task back for two minutes.
        wait_until(lambda: "PENDING 0" in self.queue(job), 60)
        self.said("scontrol", "update", f"jobid={job}_0", "StartTime=now")
        self.wait_for(job)
        log = (self.out / "slurm" / f"{job}_0.out").read_text()
        self.assertIn("interrupted: ", log, "SIGTERM reached gradwire")
        self.assertRegex(log, r"\d+ of \d+ runs of shard 0/4 complete")

        self.assertEqual(self.gradwire("status", self.out).returncode, 3, self.outputs())
        said = self.submit(*options)
        self.assertRegex(said, r"^job \d+: 1 of 4 tasks submitted, 2; ")
        self.wait_for(said.split()[1].rstrip(":"))

        self.assertEqual(self.gradwire("status", self.out).returncode, 0, self.outputs())
        self.assert_same_results(self.out, reference)
        self.assertEqual(self.submit(*options), "12 of 12 runs complete; nothing to submit\n")

    @unittest.skipUnless("GRADWIRE_SLOW" in os.environ, "takes two minutes: ctest -L slow")
    def test_a_time_limit_leaves_a_checkpoint(self) -> None:
        self.write(tiny([{"seed": [1]}], epochs=1e6))
        # Two minutes are the shortest limit that Slurm watches; the signal comes one before.
        said = self.submit("--", "--time=2:00", "--signal=B:TERM@110", "--cpus-per-task=2")
        job = said.split()[1].rstrip(":")
        self.wait_for(job)

        self.assertIn("interrupted: 0 of 1 runs", self.outputs())
        self.assertEqual(len(list((self.out / "runs").glob(".checkpoint-*"))), 1)
        self.assertEqual(leftovers(self.out), [])

    def test_what_sbatch_refuses_is_an_error(self) -> None:
        self.write(tiny(SWEEP))
        done = self.gradwire("slurm", "x.json", "-o", "out", "--submit", "--", "--partition=none")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "sbatch refused .*/out/slurm.sh: .*[Ii]nvalid partition")


class Parallel(EndToEnd):
    def test_the_recipe_of_gnu_parallel(self) -> None:
        if not shutil.which("parallel"):
            self.skipTest("needs the package parallel")
        self.write(tiny(SWEEP))
        reference = self.folder / "reference"
        self.run_sweep(self.folder / "x.json", reference, "--quiet")
        recipe = "parallel -j 2 gradwire run x.json -o out --shard {}/4 --cores 1 ::: 0 1 2 3"
        path = {"PATH": f"{Path(GRADWIRE).parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            recipe, shell=True, cwd=self.folder, env=self.environment() | path,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_same_results(self.out, reference)


if __name__ == "__main__":
    main()
