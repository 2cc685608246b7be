// Draws each chart from the table beside it, then folds the table away. The table is the
// data: without this script, or where drawing fails, it stays open.
"use strict";

(() => {
  const UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

  // The value of a colour in the present scheme: only a real property resolves it.
  const colour = (name) => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = `var(${name})`;
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  };

  const bytes = (value) => {
    let power = 0;
    let size = value;
    while (Math.abs(size) >= 1000 && power < UNITS.length - 1) {
      size /= 1000;
      power += 1;
    }
    return `${Number(size.toPrecision(3))} ${UNITS[power]}`;
  };

  // Tooltips are drawn as SVG text: HTML ones would write style attributes, and names
  // from a registry stay plain text in either case.
  const tooltip = (formatter) => ({
    renderMode: "richText",
    confine: true,
    backgroundColor: colour("--chart-paper"),
    borderColor: colour("--chart-line"),
    textStyle: { color: colour("--chart-ink") },
    formatter,
  });

  const trendOption = (figure) => {
    const points = [...figure.querySelectorAll("tbody tr")].map((row) => [
      row.querySelector("time").dateTime,
      Number(row.querySelector("data").value),
    ]);
    points.reverse();
    const axis = {
      axisLabel: { color: colour("--chart-ink"), fontSize: 12, hideOverlap: true },
      axisLine: { lineStyle: { color: colour("--chart-line") } },
      splitLine: { lineStyle: { color: colour("--chart-line") } },
    };
    return {
      grid: { left: 8, right: 16, top: 16, bottom: 8, outerBoundsMode: "same" },
      tooltip: {
        ...tooltip((items) => `${items[0].value[0].slice(0, 10)}: ${bytes(items[0].value[1])}`),
        trigger: "axis",
      },
      xAxis: {
        type: "time",
        ...axis,
        axisLabel: {
          ...axis.axisLabel,
          formatter: { year: "{yyyy}", month: "{MMM} {yyyy}", day: "{d} {MMM}", hour: "{HH}:{mm}" },
        },
        splitLine: { show: false },
      },
      yAxis: {
        type: "value",
        ...axis,
        splitNumber: 4,
        axisLabel: { ...axis.axisLabel, formatter: bytes },
      },
      series: [
        {
          type: "line",
          // A state holds from one crawl until the next one.
          step: "end",
          data: points,
          showSymbol: points.length < 3,
          lineStyle: { color: colour("--own"), width: 2 },
          itemStyle: { color: colour("--own") },
          areaStyle: { color: colour("--own"), opacity: 0.12 },
        },
      ],
    };
  };

  const treemapNodes = (figure) => {
    const rows = [...figure.querySelectorAll("tbody tr")];
    const groups = new Map();
    const nodes = [];
    // One team alone is no grouping.
    const teams = new Set(rows.map((row) => row.dataset.group).filter(Boolean));
    for (const row of rows) {
      const link = row.querySelector("a");
      const node = {
        name: link.textContent,
        value: Number(row.querySelector("data").value),
        href: link.href,
      };
      const group = row.dataset.group;
      if (group) node.short = node.name.slice(group.length + 1);
      if ("rest" in row.dataset) node.itemStyle = { color: colour("--area-rest") };
      if (!group || teams.size < 2) {
        nodes.push(node);
      } else if (groups.has(group)) {
        groups.get(group).push(node);
      } else {
        groups.set(group, [node]);
        nodes.push({ name: `${group}/`, children: groups.get(group) });
      }
    }
    return nodes;
  };

  const treemapOption = (figure) => ({
    color: ["--area-1", "--area-2", "--area-3", "--area-4", "--area-5", "--area-6"].map(colour),
    tooltip: tooltip((item) => `${item.name}: ${bytes(item.value)}`),
    series: [
      {
        type: "treemap",
        data: treemapNodes(figure),
        roam: false,
        nodeClick: false,
        breadcrumb: { show: false },
        left: 0,
        right: 0,
        top: 0,
        bottom: 0,
        label: {
          color: colour("--area-ink"),
          formatter: (item) => `${item.data.short || item.name}\n${bytes(item.value)}`,
          lineHeight: 16,
          overflow: "truncate",
        },
        upperLabel: {
          show: true,
          height: 20,
          color: colour("--chart-ink"),
          formatter: (item) => `${item.name} ${bytes(item.value)}`,
        },
        itemStyle: { borderColor: colour("--chart-paper"), borderWidth: 1, gapWidth: 2 },
        levels: [
          { itemStyle: { borderWidth: 0, gapWidth: 3 }, upperLabel: { show: false } },
          { itemStyle: { borderColor: colour("--chart-group"), borderWidth: 2, gapWidth: 1 } },
        ],
      },
    ],
  });

  const options = { trend: trendOption, treemap: treemapOption };

  const draw = (figure) => {
    const canvas = figure.querySelector("[data-canvas]");
    const chart = echarts.init(canvas, null, { renderer: "svg", height: canvas.offsetHeight });
    const description = `${figure.dataset.label}. The table below has the figures.`;
    const show = () =>
      chart.setOption(
        {
          animation: false,
          textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
          aria: { enabled: true, label: { description } },
          ...options[figure.dataset.chart](figure),
        },
        true,
      );
    show();
    chart.on("click", (event) => {
      if (event.data && event.data.href) location.assign(event.data.href);
    });
    canvas.setAttribute("role", "img");
    new ResizeObserver(() => chart.resize()).observe(canvas);
    document.addEventListener("auditor:theme", show);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  };

  for (const figure of document.querySelectorAll("[data-chart]")) {
    const canvas = figure.querySelector("[data-canvas]");
    const table = figure.querySelector("details");
    canvas.hidden = false;
    try {
      draw(figure);
      table.open = false;
    } catch (error) {
      canvas.hidden = true;
      console.error(error);
    }
  }
})();
