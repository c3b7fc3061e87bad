"""A bar chart as SVG, by hand: readable on a light and on a dark page. It brings its background, so that a viewer that does not know
the colour scheme shows it legibly, too."""

from html import escape

WIDTH, LEFT, RIGHT = 860, 190, 190
BAR, GAP, GROUP_GAP, TITLE = 18, 4, 18, 24
CLASSES = {"Dray (os)": "dray os", "Dray (fsync)": "dray"}
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 } .value { fill: #59636e }
  rect { fill: #8c959f } .page { fill: #ffffff }
  .dray { fill: #0969da } .os { fill: #54aeff } .bare { fill: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .value { fill: #9198a1 }
    rect { fill: #656c76 } .page { fill: #0d1117 }
    .dray { fill: #4493f8 } .os { fill: #79c0ff } .bare { fill: #3d444d }
  }
"""


def class_of(server):
    return CLASSES.get(server, "bare" if server.startswith("bare") else "peer")


def draw(results):
    """Requests a second by workload and server, each workload on a scale of its own."""
    parts, y = [], 8
    for name, of in results.items():
        most = max(at["per_second"] for at in of.values())
        y += TITLE
        parts.append(f'<text class="title" x="8" y="{y - 8}">{escape(name)}, requests/s</text>')
        for server, at in of.items():
            length = max(1, round((WIDTH - LEFT - RIGHT) * at["per_second"] / most))
            middle = y + BAR - 5
            value = f"{at['per_second']:,.0f} · p99 {at['p99_ms']:.1f} ms"
            parts.append(f'<text x="{LEFT - 8}" y="{middle}" text-anchor="end">{escape(server)}</text>'
                         f'<rect class="{class_of(server)}" x="{LEFT}" y="{y}" width="{length}" height="{BAR}" rx="2"/>'
                         f'<text class="value" x="{LEFT + length + 8}" y="{middle}">{value}</text>')
            y += BAR + GAP
        y += GROUP_GAP
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" role="img" '
            f'aria-label="Requests a second of each server, by operation">\n<style>{STYLE}</style>\n'
            f'<rect class="page" width="{WIDTH}" height="{y}" rx="6"/>\n' + "\n".join(parts) + "\n</svg>\n")
