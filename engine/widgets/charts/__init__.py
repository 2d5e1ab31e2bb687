"""Charts drawn on the server: data in, a whole <figure> out, no script.

`ChartSpec` says what is drawn; `bar_chart`, `line_chart`, `area_chart`, `pie_chart`, `radar_chart`, `heat_chart`,
`funnel_chart`
draw it, `gauge` and `spark` draw single figures. Colours are classes of shared/chart.css; text never scales with the
width.
"""

from __future__ import annotations

from engine.widgets.charts.area import area_chart, line_chart
from engine.widgets.charts.bar import bar_chart, horizontal_bar_chart
from engine.widgets.charts.combo import combo_chart
from engine.widgets.charts.funnel import funnel_chart
from engine.widgets.charts.gauge import GaugeSpec, gauge
from engine.widgets.charts.heat import heat_chart
from engine.widgets.charts.pie import pie_chart
from engine.widgets.charts.radar import radar_chart
from engine.widgets.charts.scatter import scatter_chart
from engine.widgets.charts.spark import spark
from engine.widgets.charts.spec import ChartSpec, Series

__all__ = [
    "ChartSpec",
    "GaugeSpec",
    "Series",
    "area_chart",
    "bar_chart",
    "combo_chart",
    "funnel_chart",
    "gauge",
    "heat_chart",
    "horizontal_bar_chart",
    "line_chart",
    "pie_chart",
    "radar_chart",
    "scatter_chart",
    "spark",
]
