"""Formulas of the pages as MathML, which browsers set and screen readers read without a program."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

_LETTER = r"[^\W\d_²³ᵀ]"  # of any alphabet
_INDEX = r"(?:_(?P<sub>[^\W_²³ᵀ]{1,3})(?![^\W²³ᵀ]))?"
_POWER = (
    r"(?:\^(?:\{(?P<braced>[^}]*)\}|(?P<sup>[^\W\d_²³ᵀ](?:_[^\W_²³ᵀ]{1,3}(?!\w))?|\d+(?:\.\d+)?)(?!\w))"
    r"|(?P<power>[²³ᵀ]))?"
)
_ATOM = rf"(?P<base>{_LETTER}|\d+(?:[.,]\d+)*|[)‖]){_INDEX}{_POWER}"
_PART = re.compile(rf"{_ATOM}|(?P<space>\s+)|(?P<other>.)")
_IN_TEXT = re.compile(rf"(?:(?<![^\Wᵀ²³])(?=\w)|(?=[)‖])){_ATOM}")
_POWERS = {"²": "2", "³": "3", "ᵀ": "T"}
_ATOMIC = re.compile(r"<m([ino])>[^<]*</m\1>|<msub><mi>[^<]*</mi><m([in])>[^<]*</m\2></msub>")


@dataclass(frozen=True)
class Formula:
    """A formula on a line of its own.

    Parameters
    ----------
    content : Markup
        What the element ``math`` holds, made by `row`, `fraction` and `root`.
    number : str, default ""
        Number of the equation in the paper.

    Examples
    --------
    >>> Formula(row("s = Θ(h − θ)"), "4").html[:29]
    Markup('<math display="block"><mrow><')
    """

    content: Markup
    number: str = ""

    @property
    def html(self) -> Markup:
        """The element ``math``."""
        return Markup('<math display="block">{}</math>').format(self.content)


def row(text: str) -> Markup:
    """Return a formula in plain characters as MathML: x_i and x^2 or x^{2n} lowered and raised, the rest as it stands.

    Examples
    --------
    >>> row("2^N_h")
    Markup('<mrow><msup><mn>2</mn><msub><mi>N</mi><mi>h</mi></msub></msup></mrow>')
    >>> row("−v_i")
    Markup('<mrow><mo>−</mo><msub><mi>v</mi><mi>i</mi></msub></mrow>')
    """
    return joined(*(_part(found) for found in _PART.finditer(text) if not found["space"]))


def joined(*parts: Markup) -> Markup:
    """Return parts beside one another.

    Examples
    --------
    >>> joined(row("a"), row("b")).count("mrow")
    6
    """
    return Markup("<mrow>{}</mrow>").format(Markup("").join(parts))


def fraction(above: str | Markup, below: str | Markup) -> Markup:
    """Return a fraction.

    Examples
    --------
    >>> fraction("1", "n")
    Markup('<mfrac><mrow><mn>1</mn></mrow><mrow><mi>n</mi></mrow></mfrac>')
    """
    return Markup("<mfrac>{}{}</mfrac>").format(
        *(one if isinstance(one, Markup) else row(one) for one in (above, below))
    )


def root(text: str) -> Markup:
    """Return a square root.

    Examples
    --------
    >>> root("N_h")
    Markup('<msqrt><mrow><msub><mi>N</mi><mi>h</mi></msub></mrow></msqrt>')
    """
    return Markup("<msqrt>{}</msqrt>").format(row(text))


def total(index: str) -> Markup:
    """Return a sign of summation with its index.

    Examples
    --------
    >>> total("μ")
    Markup('<munder><mo>∑</mo><mi>μ</mi></munder>')
    """
    return Markup("<munder><mo>∑</mo><mi>{}</mi></munder>").format(index)


def _part(found: re.Match[str]) -> Markup:
    """Return a symbol with its index and power, or a sign."""
    if found.groupdict().get("other"):
        return _symbol(found["other"])
    base = _symbol(found["base"])
    if found["sub"]:
        base = Markup("<msub>{}{}</msub>").format(base, _index(found["sub"]))
    raised = found["braced"] or found["sup"] or _POWERS.get(found["power"] or "")
    return Markup("<msup>{}{}</msup>").format(base, _single(row(raised))) if raised else base


def _symbol(text: str) -> Markup:
    if text in "()":
        return Markup('<mo stretchy="false">{}</mo>').format(text)
    kind = "n" if text[0].isdigit() else "i" if text[0].isalpha() else "o"
    return Markup("<m{0}>{1}</m{0}>").format(kind, text)


def _index(text: str) -> Markup:
    """Return an index: Greek letters each for itself, a word such as ref as one."""
    split = any("α" <= letter <= "ω" for letter in text)
    return _single(joined(*map(_symbol, text if split else [text])))


def _single(content: Markup) -> Markup:
    """Return a row of one element as this element."""
    inside = content.removeprefix("<mrow>").removesuffix("</mrow>")
    return Markup(inside) if _ATOMIC.fullmatch(inside) else content


def inline(text: str) -> Markup:
    """Return text with its symbols that have an index or an exponent as MathML; the rest is escaped.

    Examples
    --------
    >>> inline("a < N_h")
    Markup('a &lt; <math><msub><mi>N</mi><mi>h</mi></msub></math>')
    >>> inline("the text of fig_11")
    Markup('the text of fig_11')
    """
    parts, end = [], 0
    for found in _IN_TEXT.finditer(text):
        if any(found[name] for name in ("sub", "braced", "sup", "power")):
            parts += [escape(text[end : found.start()]), Markup("<math>{}</math>").format(_part(found))]
            end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


MODEL = (
    Formula(
        joined(
            fraction("τ_v dv_i", "dt"), row("= −v_i +"), fraction(row("1"), root("N_h")), total("μ"), row("ξ_iμ s_μ")
        ),
        "1a",
    ),
    Formula(
        joined(
            fraction("τ_h dh_μ", "dt"),
            row("= −h_μ +"),
            fraction(root("N_h"), row("N_v")),
            total("i"),
            row("ξ_iμ v_i"),
        ),
        "1b",
    ),
    Formula(row("s_μ = Θ ( h_μ − θ_μ )"), "4"),
)
ENERGY = Formula(
    joined(
        row("E ="),
        fraction("N_h", "2N_v"),
        row("‖v‖²"),
        row("+ θ · s −"),
        fraction(root("N_h"), row("N_v")),
        row("sᵀ ξᵀ v"),
    )
)
REPLACEMENT = Formula(joined(row("c ( 1 − e^{−T/τ_v} ) = θ")))
