"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  // Columns and members of scenarios are stored once and referred to by index.
  data.panels.forEach((panel) => panel.series.forEach((s) => {
    for (const part of ["x", "mean", "sd"]) s[part] = s[part].map((place) => data.columns[place]);
  }));
  const scenarioOf = (run) => run.scenario && Object.fromEntries(run.scenario.map((place) => data.members[place]));
  const at = (id) => document.getElementById(id);
  const hidden = new Set(); // labels of the methods that are not shown
  const hasVega = "vega-view" in modules;
  if (hasVega) {
    modules["vega-util"].extend(modules["vega-dataflow"].transforms, modules["vega-transforms"],
                                modules["vega-view-transforms"], modules["vega-encode"]);
  }

  const option = (select, value, text) => {
    const item = document.createElement("option");
    item.value = value;
    item.textContent = text;
    select.append(item);
  };
  const number = (value) => {
    if (value === null || !Number.isFinite(value)) return "not a number";
    if (value !== 0 && (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-3)) return value.toExponential(3);
    return value.toLocaleString("en", {maximumSignificantDigits: 6});
  };

  // The tooltip. Sets textContent only, because names come from files.
  const tip = at("tip");
  const showTip = (_, event, item, value) => {
    tip.hidden = value === null || value === undefined || value === "";
    if (tip.hidden) return;
    tip.textContent = value;
    const left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 6);
    tip.style.left = Math.max(4, left) + "px";
    tip.style.top = Math.max(4, event.clientY - tip.offsetHeight - 10) + "px";
  };

  const views = {};
  const draw = (id, words, spec) => {
    if (views[id]) views[id].finalize();
    const place = at(id);
    const shared = {
      background: "#ffffff", padding: 6, autosize: {type: "fit", contains: "padding"},
      width: Math.max(280, place.clientWidth),
      config: {axis: {labelFontSize: 12, titleFontSize: 13, gridColor: "#e0e0e0", labelColor: "#1b1b1b",
                      titleColor: "#1b1b1b", labelOverlap: true},
               legend: {labelFontSize: 12, orient: "bottom"}},
    };
    const view = new modules["vega-view"].View(modules["vega-parser"].parse({...shared, ...spec}),
                                               {renderer: "svg", container: place, hover: true});
    view.tooltip(showTip);
    views[id] = view;
    view.runAsync().then(() => {
      // One image with a description, instead of a tree of marks that a screen reader would traverse.
      place.setAttribute("role", "img");
      place.setAttribute("aria-label", words);
      place.removeAttribute("aria-roledescription");
      const svg = place.querySelector("svg");
      if (svg) svg.setAttribute("aria-hidden", "true");
      place.dataset.drawn = String(Number(place.dataset.drawn || 0) + 1);
    });
  };

  const shownSeries = () => data.panels[Number(at("panel").value)].series.filter((s) => !hidden.has(s.label));
  const choice = () => ({x: Number(at("x").value), y: Number(at("y").value),
                         logX: at("log-x").checked, logY: at("log-y").checked, band: at("band").checked});

  const rowsOf = (series, c) => {
    const xs = series.x[c.x], ys = series.mean[c.y], sds = series.sd[c.y];
    if (!xs.length || !ys.length) return [];
    const floor = c.logY ? Number.MIN_VALUE : -Infinity;
    return xs.map((x, i) => {
      const y = ys[i], sd = series.runs > 1 ? sds[i] : 0;
      const ok = x !== null && y !== null && (!c.logX || x > 0) && (!c.logY || y > 0);
      const iteration = series.x[0][i];
      return {s: series.label, x: ok ? x : null, y: ok ? y : null, ok, iteration,
              lo: ok ? Math.max(y - sd, c.logY ? y / 1e3 : floor) : null, hi: ok ? y + sd : null,
              tip: `${series.label}\n${data.x[c.x].title}: ${number(x)}\n${data.y[c.y].title}: ${number(y)}` +
                   (series.runs > 1 ? ` ± ${number(sds[i])} (n = ${series.runs})` : "") +
                   `\niteration ${number(iteration)}`};
    });
  };

  const plotSpec = (series, c) => {
    const rows = series.flatMap((s) => rowsOf(s, c));
    const good = rows.filter((r) => r.ok);
    const labels = series.map((s) => s.label);
    const style = (s) => data.styles[s.style % data.styles.length];
    const panel = data.panels[Number(at("panel").value)];
    const goal = panel.baseline && panel.baseline.metric === data.y[c.y].key ? [{v: panel.baseline.above}] : [];
    const extent = (values) => values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
    const ys = good.flatMap((r) => c.band ? [r.y, r.lo, r.hi] : [r.y]).concat(goal.map((g) => g.v));
    const scale = (name, log, range, values) => {
      const [low, high] = extent(values);
      return {name, type: log ? "log" : "linear", range, nice: !log, zero: false,
              domain: log ? [low > 0 ? low : 1e-3, high > 0 ? high : 1] : [low, high]};
    };
    const colour = {scale: "colour", field: "s"};
    const line = {x: {scale: "x", field: "x"}, y: {scale: "y", field: "y"}, defined: {field: "ok"}};
    return {
      height: Math.max(300, Math.min(480, window.innerHeight * 0.6)),
      data: [{name: "rows", values: rows}, {name: "good", values: good}, {name: "goal", values: goal}],
      scales: [scale("x", c.logX, "width", good.map((r) => r.x)), scale("y", c.logY, "height", ys),
               {name: "colour", type: "ordinal", domain: labels, range: series.map((s) => style(s).colour)},
               {name: "dash", type: "ordinal", domain: labels, range: series.map((s) => style(s).dash)}],
      axes: [{scale: "x", orient: "bottom", title: data.x[c.x].title, grid: true, tickCount: 6, format: c.logX ? "~s" : "~s"},
             {scale: "y", orient: "left", title: data.y[c.y].title, grid: true, format: "~g"}],
      marks: [
        {type: "rule", from: {data: "goal"}, encode: {update: {
          x: {value: 0}, x2: {signal: "width"}, y: {scale: "y", field: "v"}, stroke: {value: "#555"}, strokeDash: {value: [2, 3]}}}},
        {type: "group", from: {facet: {name: "one", data: "rows", groupby: "s"}}, marks: [
          ...(c.band ? [{type: "area", from: {data: "one"}, interactive: false, encode: {update: {
            x: line.x, y: {scale: "y", field: "lo"}, y2: {scale: "y", field: "hi"}, defined: line.defined,
            fill: colour, fillOpacity: {value: 0.16}}}}] : []),
          {type: "line", name: "line", from: {data: "one"}, interactive: false, encode: {update: {
            ...line, stroke: colour, strokeWidth: {value: 2}, strokeDash: {scale: "dash", field: "s"}}}}]},
        {type: "symbol", name: "dots", from: {data: "good"}, encode: {
          update: {x: line.x, y: line.y, size: {value: 70}, fill: colour, fillOpacity: {value: 0}, tooltip: {field: "tip"}},
          hover: {fillOpacity: {value: 1}}}}],
    };
  };

  const describe = (series, c) => {
    const ends = series.map((s) => {
      const rows = rowsOf(s, c).filter((r) => r.ok);
      return rows.length ? `${s.label} ${number(rows[rows.length - 1].y)}` : `${s.label}: no numbers`;
    });
    const notes = series.filter((s) => s.note).map((s) => `${s.label} ${s.note}.`);
    const many = series.some((s) => s.runs > 1) ? " Means over seeds at the same iteration; band: one standard deviation." : "";
    return `${data.y[c.y].title} against ${data.x[c.x].title.toLowerCase()}` +
           `${c.logX ? ", logarithmic" : ""}. At the end: ${ends.join("; ") || "no method is shown"}.${many} ${notes.join(" ")}`;
  };

  const fillNumbers = (series, c) => {
    const table = at("plot-numbers");
    table.replaceChildren();
    const add = (parent, tag, cells) => {
      const row = document.createElement("tr");
      cells.forEach((text) => {
        const cell = document.createElement(tag);
        if (tag === "th") cell.scope = "col";
        cell.textContent = text;
        row.append(cell);
      });
      parent.append(row);
    };
    const head = table.createTHead(), body = table.createTBody();
    add(head, "th", ["Method", "Iteration", data.x[c.x].title, data.y[c.y].title, "Standard deviation", "Seeds"]);
    series.forEach((s) => {
      const rows = rowsOf(s, c), step = Math.max(1, Math.ceil(rows.length / 20));
      rows.forEach((r, i) => {
        if ((rows.length - 1 - i) % step !== 0) return;
        add(body, "td", [s.label, number(r.iteration), number(r.x), number(r.y),
                         s.runs > 1 ? number(s.sd[c.y][i]) : "–", String(s.runs)]);
      });
    });
  };

  const update = () => {
    const c = choice(), series = shownSeries(), words = describe(series, c);
    at("plot-words").textContent = words;
    at("plot").setAttribute("aria-label", words);
    fillNumbers(series, c);
    if (hasVega) draw("plot", words, plotSpec(series, c));
  };

  const listMethods = () => {
    const place = at("methods");
    place.replaceChildren();
    data.panels[Number(at("panel").value)].series.forEach((s) => {
      const style = data.styles[s.style % data.styles.length];
      const label = document.createElement("label"), box = document.createElement("input");
      box.type = "checkbox";
      box.checked = !hidden.has(s.label);
      box.addEventListener("change", () => {
        if (box.checked) hidden.delete(s.label); else hidden.add(s.label);
        update();
      });
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("aria-hidden", "true");
      const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
      Object.entries({x1: 0, x2: 36, y1: 6, y2: 6, stroke: style.colour, "stroke-width": 2.5,
                      "stroke-dasharray": style.dash.join(" ")}).forEach(([k, v]) => line.setAttribute(k, v));
      svg.append(line);
      label.append(box, svg, document.createTextNode(s.label));
      place.append(label);
    });
  };

  const startPlot = () => {
    data.x.forEach((axis, i) => {
      if (data.panels.some((p) => p.series.some((s) => s.x[i].length))) option(at("x"), i, axis.title);
    });
    data.y.forEach((axis, i) => {
      if (data.panels.some((p) => p.series.some((s) => s.mean[i].length))) option(at("y"), i, axis.title);
    });
    data.panels.forEach((panel, i) => option(at("panel"), i, panel.label || "all runs"));
    at("panel-label").hidden = data.panels.length < 2;
    if (!at("x").options.length || !at("y").options.length) {
      at("controls").hidden = at("plot").hidden = true;
      at("plot-words").textContent = "These results have no learning curves: they lack metrics.csv, or their iterations were synthesized.";
      return;
    }
    if (at("x").querySelector("option[value='1']")) at("x").value = "1";
    if (!hasVega) {
      at("plot").hidden = true;
      at("plot").insertAdjacentText("beforebegin", "The interactive plot needs Vega, which was not there when this page was made (Debian package libjs-vega). The figures below show the same curves.");
    }
    listMethods();
    ["x", "y", "log-x", "log-y", "band"].forEach((id) => at(id).addEventListener("change", update));
    at("panel").addEventListener("change", () => { listMethods(); update(); });
    at("controls").addEventListener("submit", (event) => event.preventDefault());
    update();
  };

  const kindColours = {compute: "#0072b2", upload: "#d55e00", broadcast: "#009e73", wait: "#c8c8c8", fetch: "#009e73", push: "#d55e00", messages: "#d55e00", collective: "#d55e00", apply: "#1b1b1b", "skip flag": "#cc79a7", server: "#1b1b1b"};
  const kindHeights = {wait: 0.25, broadcast: 0.6, "skip flag": 0.6};
  const currentTimeline = () => data.timelines[Number(at("timeline-run").value)];

  const drawTimeline = () => {
    const line = currentTimeline(), iteration = Number(at("timeline-iteration").value);
    const spans = line.spans.filter((s) => s[0] === iteration);
    const begin = Math.min(...spans.map((s) => s[3]));
    const rows = spans.map(([, track, kind, from, duration, bytes]) => {
      const name = line.kinds[kind], start = (from - begin) * 1e3, end = (from - begin + duration) * 1e3;
      return {track: line.tracks[track], kind: name, start, end, height: kindHeights[name] || 0.85,
              tip: `${line.tracks[track]}: ${name}\n${number(start)} to ${number(end)} ms` + (bytes >= 0 ? `\n${number(bytes)} bytes` : "")};
    });
    const end = Math.max(...rows.map((r) => r.end), 1e-9);
    const words = `Iteration ${iteration} of ${line.run}: ${number(end)} ms of simulated time from ${number(begin)} s on. ` +
      line.kinds.map((kind) => {
        const tracks = new Set(rows.filter((r) => r.kind === kind && r.end > r.start).map((r) => r.track));
        return tracks.size ? `${kind}: ${tracks.size} of ${line.tracks.length} tracks` : "";
      }).filter(Boolean).join(", ") + `. The page holds ${line.iterations.length} of ${line.recorded} recorded iterations.`;
    at("timeline-words").textContent = words;
    at("timeline-plot").setAttribute("aria-label", words);
    const present = line.kinds.filter((kind) => rows.some((r) => r.kind === kind));
    draw("timeline-plot", words, {
      height: Math.min(900, 70 + 26 * line.tracks.length),
      data: [{name: "spans", values: rows}],
      scales: [{name: "x", type: "linear", domain: [0, end], range: "width"},
               {name: "y", type: "band", domain: line.tracks, range: "height", padding: 0.1},
               {name: "colour", type: "ordinal", domain: present, range: present.map((k) => kindColours[k] || "#e69f00")}],
      axes: [{scale: "x", orient: "bottom", title: "Simulated time in this iteration (ms)", grid: true}, {scale: "y", orient: "left"}],
      legends: [{fill: "colour", symbolType: "square", columns: Math.max(2, Math.floor(at("timeline-plot").clientWidth / 120))}],
      marks: [{type: "rect", from: {data: "spans"}, encode: {update: {
        x: {scale: "x", field: "start"}, x2: {scale: "x", field: "end"},
        y: {signal: "scale('y', datum.track) + bandwidth('y') * (1 - datum.height) / 2"},
        height: {signal: "bandwidth('y') * datum.height"}, fill: {scale: "colour", field: "kind"},
        stroke: {value: "#ffffff"}, strokeWidth: {value: 0.5}, tooltip: {field: "tip"}}}}],
    });
  };

  const startTimeline = () => {
    if (!data.timelines.length || !hasVega) return;
    at("timeline-none").hidden = true;
    at("timeline-controls").hidden = at("timeline-plot").hidden = false;
    data.timelines.forEach((line, i) => option(at("timeline-run"), i, line.label));
    const list = () => {
      at("timeline-iteration").replaceChildren();
      currentTimeline().iterations.forEach((t) => option(at("timeline-iteration"), t, String(t)));
      drawTimeline();
    };
    const step = (by) => () => {
      const select = at("timeline-iteration");
      select.selectedIndex = Math.max(0, Math.min(select.options.length - 1, select.selectedIndex + by));
      drawTimeline();
    };
    at("timeline-run").addEventListener("change", list);
    at("timeline-iteration").addEventListener("change", drawTimeline);
    at("timeline-previous").addEventListener("click", step(-1));
    at("timeline-next").addEventListener("click", step(1));
    at("timeline-controls").addEventListener("submit", (event) => event.preventDefault());
    list();
  };

  const startRuns = () => {
    data.runs.forEach((run, i) => option(at("run"), i, `${run.label}, seed ${run.seed || "unknown"} (${run.id})`));
    const show = () => {
      const run = data.runs[Number(at("run").value)], known = run.scenario !== null;
      const text = known ? JSON.stringify(scenarioOf(run), null, 2) : "Unknown: these results hold no scenario.json.";
      at("command").textContent = run.command || "Unknown: these results hold no scenario.json.";
      at("scenario").textContent = text;
      at("copied").textContent = "";
      at("scenario-file").hidden = !known;
      if (known) at("scenario-file").href = "data:application/json;charset=utf-8," + encodeURIComponent(text + "\n");
    };
    at("run").addEventListener("change", show);
    at("copy").addEventListener("click", () => {
      const text = at("command").textContent;
      const select = () => {
        const range = document.createRange();
        range.selectNodeContents(at("command"));
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        at("copied").textContent = "selected; copy it with the keyboard";
      };
      if (!navigator.clipboard) return select();
      navigator.clipboard.writeText(text).then(() => { at("copied").textContent = "copied"; }, select);
    });
    show();
  };

  startPlot();
  startTimeline();
  startRuns();
  let width = window.innerWidth, waiting = 0;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (hasVega && at("x").options.length) update();
      if (hasVega && data.timelines.length) drawTimeline();
    }, 150);
  });
})();
