"""`casework audit FILE`: one harmless line per row, exit codes, and every way a file can be wrong."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from analysis.cli import app

GOOD = "statement,n,percent\ndatabases,40,32.5\nsmartphones,117,30.8\n"


@pytest.fixture
def audit(tmp_path):
    """Write text or bytes to a file and audit it."""

    def run(content, *options):
        file = tmp_path / "figures.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return CliRunner().invoke(app, ["audit", str(file), *options])

    return run


class TestVerdicts:
    def test_all_possible(self, audit):
        result = audit(GOOD)
        assert result.exit_code == 0
        assert result.stdout.splitlines() == [
            # R prop.test: 20.1 to 48.0 and 23.1 to 39.6
            "databases: possible; 13 of 40, 95 % interval 20.1 to 48.0 %",
            "smartphones: possible; 36 of 117, 95 % interval 23.1 to 39.6 %",
        ]
        assert result.stderr.strip() == "2 figures: 2 possible, 0 impossible"

    def test_any_impossible(self, audit):
        result = audit(GOOD + "quick information,117,18.0\n")
        assert result.exit_code == 1
        line = result.stdout.splitlines()[2]
        assert line.startswith("quick information: impossible; no whole count of 117")
        assert "double rounding" in line and "111 would" in line

    def test_half_rounded_down_is_impossible_and_named(self, audit):
        result = audit("statement,n,percent\na,8,12\nb,8,13\nc,8,37\nd,40,57\n")
        assert result.exit_code == 1
        lines = result.stdout.splitlines()
        assert [line.split(";")[0] for line in lines] == [
            "a: possible",
            "b: possible",
            "c: impossible",
            "d: impossible",
        ]
        assert "no whole count of 8 rounds to 37 %; half rounded down would give it" in lines[2]
        assert "no whole count of 40 rounds to 57 %; half rounded down would give it" in lines[3]

    def test_ends_and_one_person(self, audit):
        result = audit("statement,n,percent\na,40,0.0\nb,40,100.0\nc,1,100\nd,1,0\ne,1,99\n")
        lines = result.stdout.splitlines()
        # by hand: the inner end of Wilson is z^2 / (n + z^2) = 3.8415 / 43.8415 or 3.8415 / 4.8415
        assert lines[:2] == [
            "a: possible; 0 of 40, 95 % interval 0.0 to 8.8 %",
            "b: possible; 40 of 40, 95 % interval 91.2 to 100.0 %",
        ]
        assert lines[2:] == [
            "c: possible; 1 of 1, 95 % interval 20.7 to 100.0 %",
            "d: possible; 0 of 1, 95 % interval 0.0 to 79.3 %",
            "e: impossible; no whole count of 1 rounds to 99 %",
        ]

    def test_no_power_is_said(self, audit):
        line = audit("statement,n,percent\na,157,72\n").stdout
        assert (
            "a: possible (no power: every whole percentage is attainable at n=157); 113 of 157"
            in line
        )

    def test_weak_power_is_said(self, audit):
        assert "possible (weak:" in audit("statement,n,percent\na,40,25\n").stdout

    def test_several_counts(self, audit):
        assert "324 to 326 of 361" in audit("statement,n,percent\na,361,90\n").stdout

    def test_row_without_a_base(self, audit):
        result = audit("statement,n,percent,base\na,,84,none\nb,40,2.5,stated\n")
        assert result.exit_code == 0
        assert result.stdout.splitlines()[0] == "a: not auditable (no base)"

    def test_nothing_to_audit_is_no_success(self, audit):
        result = audit("statement,n,percent,base\na,,84,none\n")
        assert result.exit_code == 2
        assert "no figure could be audited" in result.stderr

    def test_json(self, audit):
        result = audit(GOOD + "quick information,117,18.0\n", "--json")
        assert result.exit_code == 1
        rows = json.loads(result.stdout)
        assert [row["line"] for row in rows] == [2, 3, 4]
        assert [row["count"] for row in rows] == [13, 36, None]
        assert rows[2]["verdict"] == "impossible" and rows[2]["nearest_bases"] == [111]

    def test_json_keeps_a_column_of_the_users_called_line(self, audit):
        result = audit("line,statement,n,percent\nx,a,40,2.5\n", "--json")
        assert json.loads(result.stdout)[0]["line"] == "x"


class TestReading:
    @pytest.mark.parametrize(
        "text",
        [
            "percent,extra,statement,n\n32.5,x,databases,40\n",
            "statement;n;percent\ndatabases;40;32,5\n",
            "statement\tn\tpercent\ndatabases\t40\t32,5\n",
            'statement,n,percent\ndatabases,40,"32,5 %"\n',
            '"statement","n","percent"\r\n"databases","40","32.5"\r\n',
            "\ufeffstatement,n,percent\ndatabases,40,32.5",
            " Statement , N , PERCENT \n databases , 40 , 32.5 \n",
            "statement;n;percent;note\ndatabases;40;32.5;a, b, c, d\n",
            "\nstatement,n,percent\n\ndatabases,40,32.5\n,,\n\n",
            "statement,n,percent,\ndatabases,40,32.5,\n",
            "statement,n,percent\rdatabases,40,32.5\r",
            '\ufeff"Statement";"N";"Percent"\r\n\r\n"databases";40;"32,5 %"\r\n;;\r\n;;;;\r\n',
        ],
    )
    def test_ways_of_writing_the_same_file(self, audit, text):
        result = audit(text)
        assert result.exit_code == 0, result.stderr
        assert result.stdout.startswith("databases: possible; 13 of 40")
        assert len(result.stdout.splitlines()) == 1

    def test_windows_1251_is_read_with_a_notice(self, audit):
        result = audit("statement;n;percent\nбазы данных;40;32,5\n".encode("cp1251"))
        assert result.exit_code == 0
        assert result.stdout.startswith("базы данных: possible")
        assert "not UTF-8; read as cp1251" in result.stderr

    def test_utf_16_as_saved_by_spreadsheets(self, audit):
        result = audit("statement\tn\tpercent\nбазы\t40\t32,5\n".encode("utf-16"))
        assert result.exit_code == 0
        assert result.stdout.startswith("базы: possible")

    def test_statement_becomes_one_harmless_line(self, audit):
        result = audit('statement,n,percent\n"two\nlines\t\x1b[31mred\u202e",40,2.5\nb,40,5.0\n')
        assert result.exit_code == 0
        assert result.stdout.splitlines()[0].startswith("two lines \\x1b[31mred: possible")
        assert len(result.stdout.splitlines()) == 2
        assert "\x1b" not in result.stdout

    def test_a_line_break_or_hidden_mark_in_the_figure_stays_out_of_the_line(self, audit):
        result = audit('statement,n,percent\na,40,"17.4\n%"\nb,40,"\u202e17.4\u00a0\uff05"\n')
        lines = result.stdout.splitlines()
        assert len(lines) == 2
        assert all(": impossible; no whole count of 40 rounds to 17.4 %;" in line for line in lines)

    def test_line_numbers_count_lines_of_the_file(self, audit):
        result = audit('statement,n,percent\n"two\nlines",40,2.5\n\nb,x,5.0\n')
        assert result.exit_code == 2
        assert "line 5, column n: found 'x'" in result.stderr


class TestMalformed:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ("", "is empty"),
            ("\n \n", "is empty"),
            ("statement,n,percent\n", "no figure below it"),
            ("statement,n,percent\n,,\n", "no figure below it"),
            ("statement,percent\na,32.5\n", "no column n; found 'statement', 'percent'"),
            ("a,b\n1,2\n", "no column statement, n, percent"),
            ("statement,n,n,percent\na,1,2,50\n", "column 'n' stands there more than once"),
            ("statement,n,N,percent\na,1,2,50\n", "capital and small letters count as one"),
            ("statement,n,percent\n\u200b,40,5\n", "line 2, column statement: found nothing"),
            ("statement,n,percent\na,40\n", "line 2: found 2 cells"),
            ("statement,n,percent\na,40,32,5\n", "line 2: found 4 cells"),
            ('statement,n,percent\n"a,40,32.5\n', "quotation marks do not close"),
            (b"statement,n,percent\na\x00,40,32.5\n", "row 2: a NUL byte"),
            ("базы\n".encode() + "базы\n".encode("cp1251"), "two encodings are mixed"),
            (b"PK\x03\x04rest", "spreadsheet"),
            ("statement,n,percent\na,157.0,32.5\n", "line 2, column n: found '157.0'"),
            ("statement,n,percent\na,1 000,32.5\n", "for thousands write 1000"),
            ("statement,n,percent\na,0,32.5\n", "at least one person"),
            ("statement,n,percent\na,,32.5\n", "column n: found nothing"),
            ("statement,n,percent\na,40,\n", "column percent: found nothing"),
            ("statement,n,percent\na,40,<1\n", "is a bound"),
            ("statement,n,percent\na,40,100.1\n", "cannot pass 100"),
            ("statement,n,percent\na,40,-1\n", "cannot be negative"),
            ("statement,n,percent\n,40,5\n", "column statement: found nothing"),
        ],
    )
    def test_named_and_nothing_audited(self, audit, content, words):
        result = audit(content)
        assert result.exit_code == 2
        assert words in result.stderr
        assert result.stdout == ""

    def test_another_header_is_told_which_words_are_expected(self, audit):
        said = audit("утверждение;число;процент\nбазы;40;32,5\n").stderr
        assert "statement = утверждение, n = число опрошенных, percent = процент" in said
        assert said.rstrip().endswith("Nothing was audited.")
        assert "English words" not in audit("statement,n,percent\na,40,500\n").stderr

    def test_all_problems_at_once(self, audit):
        result = audit("statement,n,percent\na,x,5\nb,40,500\nc,40,5.0\nd,1.5,\n")
        assert result.exit_code == 2
        found = [line for line in result.stderr.splitlines() if ", column " in line]
        assert len(found) == 4

    def test_escape_sequences_in_a_bad_cell_do_not_reach_the_terminal(self, audit):
        assert "\x1b" not in audit("statement,n,percent\na,\x1b[2J,5\n").stderr

    def test_missing_file_and_directory(self, tmp_path):
        for path in (tmp_path / "nowhere.csv", tmp_path):
            result = CliRunner().invoke(app, ["audit", str(path)])
            assert result.exit_code == 2
            assert "cannot be read" in result.stderr

    def test_no_argument(self):
        assert CliRunner().invoke(app, ["audit"]).exit_code == 2


class TestAsAProgram:
    def run(self, *arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "analysis.cli", *arguments],
            capture_output=True,
            env={"PYTHONPATH": ":".join(sys.path), **environment},
            timeout=60,
            check=False,
        )

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1251"])
    def test_a_terminal_of_another_encoding_ends_no_audit(self, tmp_path, encoding):
        file = tmp_path / "figures.csv"
        file.write_text("statement,n,percent\nбазы \u4e2d,40,32.5\n", encoding="utf-8")
        result = self.run("audit", str(file), PYTHONIOENCODING=encoding)
        assert result.returncode == 0, result.stderr
        assert b": possible; 13 of 40" in result.stdout

    def test_help_loads_nothing_heavy(self):
        code = (
            "import sys\nfrom analysis.cli import app\n"
            "from typer.testing import CliRunner\n"
            "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
            "heavy = {'pandas', 'scipy', 'numpy'} & set(sys.modules)\n"
            "assert not heavy, heavy\n"
        )
        environment = {"PYTHONPATH": ":".join(sys.path)}
        subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=60)
