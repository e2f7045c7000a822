"""What the benchmarks reckon with is right; that they run at all is seen by running them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bench import report
from tests.bench.__main__ import PROGRAMS, main
from tests.bench.gateway import slow_flush
from tests.bench.processes import Stat, cpu_seconds, parse_stat, peak_of, resident, trees
from tests.bench.smtp import Sample, count_of, rows
from tests.tree import ROOT


def stat(parent: int, pages: int = 1) -> Stat:
    return Stat(parent=parent, ticks=0, pages=pages)


def sample(figure: float, peak: int = 0) -> Sample:
    return Sample(figure=figure, cpu_ms=1.5, idle=peak // 2, peak=peak)


class TestProcesses:
    def test_a_name_with_brackets_and_spaces_hides_no_field(self) -> None:
        text = "7 (a) b) c) S 5 7 7 0 -1 0 0 0 0 0 11 12 13 14 20 0 1 0 99 1000 250 0"
        assert parse_stat(text) == Stat(parent=5, ticks=50, pages=250)

    def test_a_tree_is_the_root_and_all_below_it_once(self) -> None:
        machine = {1: stat(0, 1), 2: stat(1, 2), 3: stat(2, 4), 4: stat(3, 8), 5: stat(1, 16)}
        assert sum(each.pages for each in trees(machine, [2])) == 2 + 4 + 8
        assert sum(each.pages for each in trees(machine, [2, 3, 5])) == 2 + 4 + 8 + 16
        assert trees(machine, [99]) == []

    def test_what_a_child_holds_counts_at_its_peak(self) -> None:
        program = "import sys, time; kept = b'x' * 50_000_000; print(flush=True); time.sleep(0.5); del kept; input()"
        with (
            peak_of(os.getpid()) as peak,
            subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child,
        ):
            assert child.stdout is not None
            child.stdout.readline()
            held = resident(child.pid)
            time.sleep(1)
            assert resident(child.pid) < held - 40_000_000
            child.communicate(b"\n")
        assert peak.octets > held
        assert resident(child.pid) == 0

    def test_processor_time_is_that_of_ended_children_too(self) -> None:
        before = cpu_seconds(os.getpid())
        subprocess.run([sys.executable, "-c", "sum(range(6_000_000))"], check=True)
        assert cpu_seconds(os.getpid()) - before > 0.05


class TestReport:
    def test_numbers_stand_below_each_other(self) -> None:
        assert report.table(("", "mails/s"), [("ours", "5"), ("Postfix", "1234")]).splitlines() == [
            "         mails/s",
            "ours           5",
            "Postfix     1234",
        ]

    @pytest.mark.parametrize(("value", "baseline", "said"), [(3.0, 2.0, "1.50×"), (3.0, 0.0, "–")])
    def test_a_ratio_needs_a_baseline(self, value: float, baseline: float, said: str) -> None:
        assert report.ratio(value, baseline) == said

    def test_the_heading_says_on_what_machine_and_when(self) -> None:
        assert f"{os.cpu_count()} cores" in report.heading("Mail")
        assert 0 < report.fsync_ms() < 1000

    def test_a_missing_server_is_named_without_a_traceback(self) -> None:
        def program() -> None:
            pytest.skip("not available: a server")

        before = signal.getsignal(signal.SIGTERM)
        try:
            with pytest.raises(SystemExit, match="left out: not available: a server"):
                report.run(program)
        finally:
            signal.signal(signal.SIGTERM, before)

    def test_ended_from_outside_it_leaves_nothing_running(self, tmp_path: Path) -> None:
        program = (
            "import contextlib, time; from pathlib import Path; from tests.bench import report\n"
            "@contextlib.contextmanager\n"
            "def server():\n"
            "    try:\n        print('up', flush=True); yield\n"
            f"    finally:\n        Path({str(tmp_path / 'stopped')!r}).touch()\n"
            "def main():\n"
            "    with server(): time.sleep(30)\n"
            "report.run(main)\n"
        )
        with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as running:
            assert running.stdout is not None
            running.stdout.readline()
            running.terminate()
        assert (tmp_path / "stopped").exists()


class TestSmtp:
    def test_a_row_is_the_median_beside_the_baseline_of_the_same_rounds(self) -> None:
        found = {"gateway": [sample(10, 4 << 20), sample(90, 4 << 20), sample(30, 4 << 20)], "postfix": [sample(60)]}
        assert list(rows(found)) == [
            ["gateway", "30.0", "10–90", "0.50×", "1.50", "2", "4"],
            ["postfix", "60.0", "60–60", "1.00×", "–", "–", "–"],
        ]

    def test_a_share_of_the_messages_is_never_none(self) -> None:
        assert count_of("5k", 0.1) == 150
        assert count_of("5m", 0.001) == 2

    def test_a_slow_disk_makes_each_commit_wait(self, tmp_path: Path) -> None:
        program = (
            "import sqlite3, time; c = sqlite3.connect('x.db', isolation_level=None); c.execute('create table t (x)');"
            "b = time.perf_counter(); [c.execute('insert into t values (1)') for _ in range(10)];"
            "print(time.perf_counter() - b)"
        )
        slow = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={"LD_PRELOAD": str(slow_flush(tmp_path, 20))},
            check=True,
            capture_output=True,
            text=True,
        )
        assert float(slow.stdout) > 10 * 0.020


class TestMain:
    def test_every_program_is_there_and_described(self) -> None:
        page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
        for name, program in PROGRAMS.items():
            assert (ROOT / "tests" / "bench" / f"{program.module}.py").is_file()
            assert f"| `{name}` |" in page

    def test_a_quick_run_leaves_out_what_takes_long(self) -> None:
        assert PROGRAMS["large"].command(quick=True) is None
        assert PROGRAMS["imap"].command(quick=True) != PROGRAMS["imap"].command(quick=False)

    def test_a_name_that_does_not_exist_is_refused_with_those_that_do(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            main(["smpt"])
        assert "there is no smpt; choose from smtp, large" in capsys.readouterr().err
