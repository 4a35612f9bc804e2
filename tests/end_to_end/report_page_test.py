"""report.html in a real Chromium. $GRADWIRE_SCREENSHOTS is a folder for the screenshots."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import browser
import synthetic_results
from support import EndToEnd, main

TAB, SPACE = "\ue004", " "
VEGA = Path("/usr/share/javascript/vega/vega-view.min.js")

TIMELINE = """{"displayTimeUnit":"ms","traceEvents":[
{"ph":"M","name":"thread_name","pid":1,"tid":0,"args":{"name":"server"}},
{"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"worker 0"}},
{"ph":"M","name":"thread_name","pid":1,"tid":2,"args":{"name":"worker 1"}},
%s]}"""


def spans(iteration: int) -> list[str]:
    start = 150_000 * (iteration - 1)
    parts = (
        (0, "broadcast", 0, 13_000, 1628200),
        (1, "wait", 0, 13_000, 0),
        (1, "compute", 13_000, 12_500, 0),
        (1, "upload", 25_500, 13_000, 1628200),
        (2, "compute", 13_000, 12_500, 0),
        (2, "wait", 25_500, 13_000, 0),
        (2, "skip flag", 38_500, 50, 1),
    )
    return [
        f'{{"ph":"X","name":"{name}","cat":"x","pid":1,"tid":{track},"ts":{start + begin},'
        f'"dur":{duration},"args":{{"iteration":{iteration},"bytes":{size}}}}}'
        for track, name, begin, duration, size in parts
    ]


class Page(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        synthetic_results.write(self.out, runs=20, rows=60)
        run = next((self.out / "runs").iterdir())
        events = ",\n".join(event for t in range(1, 31) for event in spans(t))
        (run / "timeline.json").write_text(TIMELINE % events)
        (self.out / "experiment.json").write_text(
            '{"name": "a <b>bold</b> name", "description": "<img src=x onerror=alert(1)>"}'
        )
        done = self.gradwire("report", self.out, "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.window = browser.Browser()
        self.addCleanup(self.window.close)
        self.window.open(self.out / "report" / "report.html")
        self.window.wait_for("document.getElementById('plot').dataset.drawn")

    def keep(self, name: str) -> bytes:
        folder = Path(os.environ.get("GRADWIRE_SCREENSHOTS", self.folder))
        folder.mkdir(parents=True, exist_ok=True)
        return self.window.screenshot(folder / f"{name}.png")

    def paths(self) -> list[str]:
        """SVG paths of the plot's lines."""
        selector = "#plot .mark-line path"
        script = f"return [...document.querySelectorAll('{selector}')].map(p => p.getAttribute('d'))"
        return self.window.run(script)

    def choose(self, select: str, value: str) -> None:
        before = self.drawn()
        self.window.run(
            "const s = document.getElementById(arguments[0]); s.value = arguments[1];"
            "s.dispatchEvent(new Event('change'))",
            select,
            value,
        )
        self.window.wait_for(f"document.getElementById('plot').dataset.drawn !== '{before}'")

    def drawn(self) -> str:
        return self.window.run("return document.getElementById('plot').dataset.drawn")

    def test_the_page(self) -> None:
        """All steps share one browser, because starting it takes long."""
        for step in (
            self.it_loads_without_a_complaint,
            self.its_controls_change_the_plot,
            self.it_can_be_used_from_the_keyboard,
            self.hovering_shows_values,
            self.the_timeline_shows_the_chosen_iteration,
            self.every_picture_has_words_and_every_field_a_name,
            self.it_fits_narrow_and_wide_windows,
        ):
            with self.subTest(step.__name__):
                step()
        self.assertEqual(self.window.complaints(), [])

    def it_loads_without_a_complaint(self) -> None:
        self.assertEqual(self.window.complaints(), [])
        self.assertEqual(len(self.paths()), 4)
        self.assertEqual(self.window.run("return document.querySelectorAll('h1 b').length"), 0)
        self.assertEqual(
            self.window.run("return document.querySelector('h1').textContent"), "a <b>bold</b> name"
        )
        resources = "return performance.getEntriesByType('resource').map(r => r.name)"
        fetched = [r for r in self.window.run(resources) if not r.startswith("data:")]
        self.assertEqual(fetched, [])

    def its_controls_change_the_plot(self) -> None:
        seen = [self.paths()]
        for select, value in (("x", "4"), ("x", "2"), ("y", "1")):
            self.choose(select, value)
            self.assertNotIn(self.paths(), seen)
            seen.append(self.paths())
        before = self.drawn()
        self.window.run("document.getElementById('log-x').click()")
        self.window.wait_for(f"document.getElementById('plot').dataset.drawn !== '{before}'")
        self.assertNotIn(self.paths(), seen)
        words = self.window.run("return document.getElementById('plot').getAttribute('aria-label')")
        self.assertRegex(words, r"Training loss .* against uplink payload \(bits\), logarithmic")

    def it_can_be_used_from_the_keyboard(self) -> None:
        self.window.run("document.getElementById('band').focus()")
        before = self.drawn()
        self.window.press(TAB + SPACE)  # moves to the first method and switches it off
        self.window.wait_for(f"document.getElementById('plot').dataset.drawn !== '{before}'")
        self.assertEqual(len(self.paths()), 3)
        outline = "return getComputedStyle(document.activeElement).outlineStyle"
        self.assertEqual(self.window.run(outline), "solid")
        self.window.press(SPACE)
        self.window.wait_for("document.querySelectorAll('#plot .mark-line path').length === 4")

    def hovering_shows_values(self) -> None:
        spot = self.window.run(
            "document.getElementById('plot').scrollIntoView();"
            "const dots = document.querySelectorAll('#plot .mark-symbol path');"
            "const box = dots[Math.floor(dots.length / 2)].getBoundingClientRect();"
            "return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)]"
        )
        self.window.point_at(*spot)
        self.window.wait_for("!document.getElementById('tip').hidden")
        tip = self.window.run("return document.getElementById('tip').textContent")
        self.assertRegex(tip, r"(?s)(SGD|Sparse|LASG|SASG)\nUplink payload.*Training loss.* ± .*n = 5")

    def the_timeline_shows_the_chosen_iteration(self) -> None:
        self.window.wait_for("document.getElementById('timeline-plot').dataset.drawn")
        words = "return document.getElementById('timeline-words').textContent"
        self.assertIn("Iteration 1 of", self.window.run(words))
        before = self.window.run("return document.getElementById('timeline-plot').dataset.drawn")
        self.window.run("document.getElementById('timeline-next').click()")
        self.window.wait_for(
            f"document.getElementById('timeline-plot').dataset.drawn !== '{before}'"
        )
        text = self.window.run(words)
        self.assertIn("Iteration 2 of", text)
        self.assertIn("compute: 2 of 3 tracks", text)
        bars = "return document.querySelectorAll('#timeline-plot .mark-rect path').length"
        self.assertEqual(self.window.run(bars), len(spans(2)))

    def every_picture_has_words_and_every_field_a_name(self) -> None:
        unnamed = self.window.run(
            "return [...document.querySelectorAll('input, select, button, img, [role=img]')]"
            ".filter(e => !(e.labels && e.labels.length) && !e.textContent.trim()"
            " && !e.getAttribute('aria-label') && !e.getAttribute('alt')).map(e => e.outerHTML)"
        )
        self.assertEqual(unnamed, [])
        self.assertEqual(self.window.run("return document.documentElement.lang"), "en")

    def it_fits_narrow_and_wide_windows(self) -> None:
        for width in (400, 1600):
            before = self.drawn()
            self.window.resize(width, 900)
            self.window.wait_for(
                f"innerWidth === {width} && document.getElementById('plot').dataset.drawn !== '{before}'"
            )
            self.window.run("scrollTo(0, 0)")
            overflow = "return document.documentElement.scrollWidth - innerWidth"
            self.assertLessEqual(self.window.run(overflow), 0, f"{width} px")
            plot = "return document.querySelector('#plot svg').getBoundingClientRect().width"
            self.assertLessEqual(self.window.run(plot), width)
            self.assertGreater(self.window.run(plot), 0.8 * (width - 40))
            self.assertGreater(len(self.keep(f"page-{width}")), 10_000)


if __name__ == "__main__":
    if not browser.is_there() or not VEGA.exists():
        print("skipped: needs the Debian packages chromium, chromium-driver and libjs-vega")
        sys.exit(77)
    main()
