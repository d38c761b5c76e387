"""Colours and type of the explorer: one place, both modes, contrast computed."""

from collections.abc import Iterable, Sequence

SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")

# Levels of the activation scale; level 0 is silence and has no colour of its own.
N_LEVELS = 20
# Lightness falls (light mode) or rises (dark mode) evenly, so the scale reads without hue, and its
# weakest level stands out from the page by 3:1.
_SCALE_STOPS = {
    "light": ("#d8741a", "#cb4a3c", "#a3295f", "#6a1766", "#2e0a3f"),
    "dark": ("#9a5a86", "#c9597a", "#e9835a", "#f6b35f", "#ffedc0"),
}
# Of differences: less and more than before, away from the page alike.
_DIVERGING_STOPS = {
    "light": {"less": ("#3a8fc9", "#1d5fa8", "#0a2f6b"), "more": ("#d8741a", "#b03a1c", "#6b1206")},
    "dark": {"less": ("#3b83b5", "#7db9e8", "#d6ebff"), "more": ("#c46a2c", "#f0a35e", "#ffe3c2")},
}

# Each 3:1 or more against the page and panels of both modes, apart in hue and in lightness.
FAMILY_COLOURS = ("#0072b2", "#d55e00", "#008461", "#c0529b", "#8a7a00", "#1f8ea3")
OTHER_FAMILY = "#7d6f60"
NO_FAMILY = "#7b8794"

TOKENS = {
    "light": {
        "page": "#ffffff", "panel": "#f6f7f9", "line": "#dfe3e8", "text": "#1b2430",
        "quiet": "#566273", "control": "#868f9c", "accent": "#0b5c6b", "warning": "#8a4b00",
    },
    "dark": {
        "page": "#11151b", "panel": "#1a2029", "line": "#303946", "text": "#e8ecf1",
        "quiet": "#a5b0be", "control": "#6b7686", "accent": "#6fc9d8", "warning": "#f2b560",
    },
}  # fmt: skip


def activation_level(activation: float) -> int:
    """0 for silence, else 1..N_LEVELS; `activation` is a fraction of the feature's maximum."""
    if activation <= 0:
        return 0
    return max(1, min(N_LEVELS, round(activation * N_LEVELS)))


def difference_level(difference: float) -> int:
    """-N_LEVELS..N_LEVELS, 0 below half a level; `difference` is a fraction of the maximum.

    Every activation counts, but any change of a sequence moves most of them a little.
    """
    return round(max(-1.0, min(1.0, difference)) * N_LEVELS)


def scale(mode: str) -> list[str]:
    """Background colours of levels 1..N_LEVELS of activation, evenly spaced in OKLab."""
    return _between(_SCALE_STOPS[mode])


def diverging(mode: str, side: str) -> list[str]:
    """The same of a difference; side is "less" or "more"."""
    return _between(_DIVERGING_STOPS[mode][side])


def _between(colours_of_stops: Sequence[str]) -> list[str]:
    stops = [_to_oklab(colour) for colour in colours_of_stops]
    colours = []
    for level in range(N_LEVELS):
        place = level / (N_LEVELS - 1) * (len(stops) - 1)
        left = min(int(place), len(stops) - 2)
        part = place - left
        mixed = [
            a * (1 - part) + b * part for a, b in zip(stops[left], stops[left + 1], strict=True)
        ]
        colours.append(_from_oklab(mixed))
    return colours


def text_on(background: str) -> str:
    """Black or white, whichever stands out more; never below 4.58:1."""
    return max(("#000000", "#ffffff"), key=lambda colour: contrast(colour, background))


def contrast(a: str, b: str) -> float:
    """Contrast ratio of two colours, 1..21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def family_colours(families: Iterable[str | None]) -> dict[str, str]:
    """A colour for each family, the commonest first; what is beyond the palette shares one."""
    counts: dict[str, int] = {}
    for family in families:
        if family is not None:
            counts[family] = counts.get(family, 0) + 1
    ordered = sorted(counts, key=lambda family: (-counts[family], family))
    return {
        family: FAMILY_COLOURS[index] if index < len(FAMILY_COLOURS) else OTHER_FAMILY
        for index, family in enumerate(ordered)
    }


def css() -> str:
    """Custom properties of both modes and one class for each activation level."""
    blocks = []
    for mode, selector in (("light", ":root"), ("dark", ".dark")):
        variables = [f"--ip-{name}:{colour}" for name, colour in TOKENS[mode].items()]
        for level, colour in enumerate(scale(mode), start=1):
            variables += [f"--ip-a{level}:{colour}", f"--ip-t{level}:{text_on(colour)}"]
        for side in ("less", "more"):
            variables += [
                f"--ip-{side}{level}:{colour}"
                for level, colour in enumerate(diverging(mode, side), start=1)
            ]
        variables += [f"--ip-sans:{_font(SANS)}", f"--ip-mono:{_font(MONO)}"]
        blocks.append(f"{selector}{{{';'.join(variables)}}}")
    blocks += [
        f".a{level}{{background:var(--ip-a{level});color:var(--ip-t{level})}}"
        for level in range(1, N_LEVELS + 1)
    ]
    blocks += [
        f".{side}{level}{{background:var(--ip-{side}{level})}}"
        for side in ("less", "more")
        for level in range(1, N_LEVELS + 1)
    ]
    return "\n".join(blocks)


def _font(names: Iterable[str]) -> str:
    return ",".join(f'"{name}"' if " " in name else name for name in names)


def _channels(colour: str) -> list[float]:
    """Linear light of red, green and blue, 0..1."""
    values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]


def _luminance(colour: str) -> float:
    red, green, blue = _channels(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# Ottosson 2020, "A perceptual color space for image processing".
_TO_LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_FROM_LAB = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_FROM_LMS = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)
_Matrix = tuple[tuple[float, float, float], ...]


def _times(matrix: _Matrix, vector: list[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _to_oklab(colour: str) -> list[float]:
    return _times(_TO_LAB, [value ** (1 / 3) for value in _times(_TO_LMS, _channels(colour))])


def _from_oklab(lab: list[float]) -> str:
    linear = _times(_FROM_LMS, [value**3 for value in _times(_FROM_LAB, lab)])
    encoded = [
        12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055
        for v in (min(1.0, max(0.0, value)) for value in linear)
    ]
    return "#" + "".join(f"{round(value * 255):02x}" for value in encoded)
