"""What a figure shows, in words for those who hear it: the numbers of its alternative text, never “nan”. English, as the texts are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.wording import number

NONE_SHOWN = "none shown"


def spoken(values: Any, decimals: int = 2, unit: str = "") -> str:
    """The range of what a figure shows, for those who hear it: `from −0.12 to 0.55 points`.

    Missing values (hidden ones, say) are left out. Values that are written alike are said once; without any the text is
    `none shown`. `values` is a column, a matrix or a list.
    """
    known = [
        float(value) for value in np.ravel(np.asarray(values, dtype=object)) if _is_there(value)
    ]
    if not known:
        return NONE_SHOWN
    low, high = number(min(known), decimals), number(max(known), decimals)
    return f"{low if low == high else f'from {low} to {high}'} {unit}".rstrip()


def spoken_course(values: Any, decimals: int = 2, unit: str = "") -> str:
    """From the first of the values to the last, for those who hear a figure: `from 3.20 to 2.81 points`.

    An end that is missing is `not shown`; where both are, or there are no values, the text is `none shown`.
    """
    ends = list(values)[:1] + list(values)[-1:]
    if not any(map(_is_there, ends)):
        return NONE_SHOWN
    first, last = (number(float(end), decimals) if _is_there(end) else "not shown" for end in ends)
    return f"from {first} to {last} {unit}".rstrip()


def _is_there(value: Any) -> bool:
    return not pd.isna(value)
