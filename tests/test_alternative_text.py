"""Numbers of alternative texts: ranges of a few values, seen by eye, and never “nan”."""

import math

import numpy as np
import pandas as pd
import pytest

from analysis.alternative_text import spoken, spoken_course


class TestSpoken:
    @pytest.mark.parametrize(
        ("values", "text"),
        [
            ([0.55, 0.12, 0.3], "from 0.12 to 0.55"),
            ([-0.123, 0.5], "from −0.12 to 0.50"),
            ([math.nan, 0.55, None, 0.12], "from 0.12 to 0.55"),
            (pd.Series([pd.NA, 3, 5], dtype="Int64"), "from 3.00 to 5.00"),
            (pd.Series([pd.NA, 0.25], dtype="Float64"), "0.25"),
            (pd.DataFrame({"a": [1.0, math.nan], "b": [math.nan, 2.0]}), "from 1.00 to 2.00"),
            (np.array([[4, 4], [4, 4]]), "4.00"),
            ([0.121, 0.119], "0.12"),  # written alike
            ([], "none shown"),
            ([math.nan], "none shown"),
            (pd.Series([pd.NA], dtype="Int64"), "none shown"),
            (pd.DataFrame({"a": [math.nan]}), "none shown"),
        ],
    )
    def test_range(self, values, text):
        assert spoken(values) == text

    def test_decimals_and_unit_where_there_is_something_to_count(self):
        assert spoken([12.4, 55.6], 0, "percent") == "from 12 to 56 percent"
        assert spoken([12.4], 0, "percent") == "12 percent"
        assert spoken([math.nan], 0, "percent") == "none shown"

    @pytest.mark.parametrize(
        ("values", "text"),
        [
            ([3.2, 9, 2.81], "from 3.2 to 2.8 points"),
            (pd.Series([3.2, 2.81], index=[7, 9]), "from 3.2 to 2.8 points"),
            ([math.nan, 2.81], "from not shown to 2.8 points"),
            (pd.Series([3, pd.NA], dtype="Int64"), "from 3.0 to not shown points"),
            ([pd.NA, 2.0, math.nan], "none shown"),
            ([], "none shown"),
        ],
    )
    def test_course(self, values, text):
        assert spoken_course(values, 1, "points") == text
