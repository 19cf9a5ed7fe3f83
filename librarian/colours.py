"""How well is one colour read on another? By the contrast of WCAG 2.2 (relative luminance)."""

DARKEST = 0.03928
"""Below this a channel of sRGB is nearly linear."""
WEIGHTS = (0.2126, 0.7152, 0.0722)
FLARE = 0.05


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of two colours (`#1f5f8b`), from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + FLARE) / (darker + FLARE)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= DARKEST else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * each for weight, each in zip(WEIGHTS, linear, strict=True))
