"""The environment is one: pyproject.toml, its lock, environment.yml and what is installed agree.

Each check is a function that returns what is wrong, and is shown a copy that is wrong.
"""

import importlib.metadata
import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from analysis.study import PROJECT

LOCK = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
DECLARED = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
CONDA = (PROJECT / "environment.yml").read_text(encoding="utf-8")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def pins(lock):
    """Every pinned requirement with its hashes, in order."""
    joined = re.sub(r"\\\n\s*", " ", lock)
    lines = [line.strip() for line in joined.splitlines() if line.strip() and line[0] != "#"]
    return [(Requirement(line.split(" --hash")[0].strip()), HASH.findall(line)) for line in lines]


def asked(project):
    """The requirements of pyproject.toml."""
    return [Requirement(text) for text in tomllib.loads(project)["project"]["dependencies"]]


def lock_problems(lock):
    """Lines that are no exact pin with a hash from the package index."""
    problems = [f"a URL in the lock: {url}" for url in re.findall(r"\S*://\S+|\S+ @ \S+", lock)]
    if problems:
        return problems
    for pin, hashes in pins(lock):
        exact = [s for s in pin.specifier if s.operator == "==" and not s.version.endswith("*")]
        if len(exact) != 1 or len(pin.specifier) != 1:
            problems.append(f"{pin.name}: {pin.specifier or 'no version'} is no exact pin")
        if not hashes:
            problems.append(f"{pin.name}: no sha256 hash")
    return problems


def unmet(project, lock):
    """Requirements of pyproject.toml that the lock lacks or pins outside their range."""
    pinned = {}
    for pin, _ in pins(lock):
        pinned.setdefault(canonicalize_name(pin.name), []).append(pin)
    problems = []
    for requirement in asked(project):
        found = pinned.get(canonicalize_name(requirement.name), [])
        if not found:
            problems.append(f"{requirement.name}: not in the lock")
        for pin in found:
            (version,) = (s.version for s in pin.specifier)
            if not requirement.specifier.contains(version, prereleases=True):
                problems.append(f"{requirement.name}: {version} is not {requirement.specifier}")
    return problems


def conda_problems(conda, project):
    """environment.yml holds Python, pip and exactly the lock; its Python is one the project allows."""
    dependencies = yaml.safe_load(conda)["dependencies"]
    plain = [each for each in dependencies if isinstance(each, str)]
    nested = [each for each in dependencies if not isinstance(each, str)]
    problems = []
    if [re.split("[=<>]", each)[0] for each in plain] != ["python", "pip"]:
        problems.append(f"expected python and pip, found {plain}")
    if nested != [{"pip": ["-r requirements.txt"]}]:
        problems.append(f"expected -r requirements.txt and nothing else, found {nested}")
    allowed = SpecifierSet(tomllib.loads(project)["project"]["requires-python"])
    python = [each.split("=")[-1] for each in plain if each.startswith("python=")]
    problems += [f"python {v} is not {allowed}" for v in python if not allowed.contains(v)]
    return problems if python else [*problems, "no version of python is named"]


def differing(lock, installed):
    """Pins that apply here and are not what is installed; `installed` gives a version for a name, or None."""
    return [
        f"{pin.name}: locked {version}, installed {installed(pin.name)}"
        for pin, _ in pins(lock)
        for version in (s.version for s in pin.specifier)
        if (pin.marker is None or pin.marker.evaluate()) and installed(pin.name) != version
    ]


def without_extras(lock, wanted):
    """Extras asked for in `wanted` (lines as in a package's metadata) that the pin of the package does not name.

    pip 23.2 then looks for `name[extra]` at the index, finds a newer version than the pinned one and ends there: it has
    no hash for it. The install worked as long as the pinned version was the newest.
    """
    pinned = {canonicalize_name(pin.name): pin.extras for pin, _ in pins(lock)}
    asked_for = [each for each in map(Requirement, wanted) if each.extras]
    return [
        f"{each.name}[{','.join(sorted(each.extras))}]: the lock names {sorted(pinned[name])}"
        for each in asked_for
        if (name := canonicalize_name(each.name)) in pinned
        and (each.marker is None or each.marker.evaluate({"extra": ""}))
        and not each.extras <= pinned[name]
    ]


def version_here(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


class TestAsItIs:
    def test_lock_holds_exact_pins_with_hashes_and_no_url(self):
        assert lock_problems(LOCK) == [] and len(pins(LOCK)) > 50

    def test_lock_meets_every_requirement(self):
        assert unmet(DECLARED, LOCK) == [] and len(asked(DECLARED)) > 10

    def test_lock_names_the_extras_that_packages_ask_of_each_other(self):
        locked = {canonicalize_name(pin.name) for pin, _ in pins(LOCK)}
        wanted = [
            line
            for found in importlib.metadata.distributions()
            if canonicalize_name(found.name) in locked
            for line in found.requires or ()
        ]
        assert without_extras(LOCK, wanted) == []
        assert any(line.startswith("msgspec[toml]") for line in wanted)  # it did look

    def test_conda_and_binder_install_the_lock(self):
        assert conda_problems(CONDA, DECLARED) == []

    def test_what_runs_here_is_what_is_locked(self):
        assert differing(LOCK, version_here) == []

    def test_every_package_that_the_code_imports_is_asked_for(self):
        """Nothing comes along by chance as somebody else's dependency."""
        names = {canonicalize_name(each.name) for each in asked(DECLARED)}
        providers = importlib.metadata.packages_distributions()
        given = {
            "jupyter-book": {"myst-nb", "docutils", "pyyaml", "markdown-it-py"},
            "jupyterlab": {"nbformat"},
            "ipykernel": {"ipython", "jupyter-client"},
        }
        known = names.union(*(also for name, also in given.items() if name in names))
        known |= {"traitlets", "numpy", "matplotlib", "casework-evaluation"}  # parts of the above
        imported = set()
        for path in (PROJECT / "src").rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            imported |= set(re.findall(r"^\s*(?:from|import) ([a-zA-Z_]\w*)", text, re.M))
        wrong = {
            module: providers[module]
            for module in imported
            if module in providers
            and not {canonicalize_name(each) for each in providers[module]} & known
        }
        assert not wrong


class TestEachCheckCanFail:
    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("pkg==1.0\n", "pkg: no sha256 hash"),
            (f"pkg>=1.0 --hash=sha256:{'0' * 64}\n", "pkg: >=1.0 is no exact pin"),
            (f"pkg==1.* --hash=sha256:{'0' * 64}\n", "pkg: ==1.* is no exact pin"),
            (f"pkg --hash=sha256:{'0' * 64}\n", "pkg: no version is no exact pin"),
            ("pkg==1.0 --hash=sha256:abc\n", "pkg: no sha256 hash"),
            ("pkg @ https://example.org/pkg.whl\n", "a URL in the lock"),
            ("--extra-index-url https://example.org/simple\n", "a URL in the lock"),
        ],
    )
    def test_a_line_that_is_no_pin(self, line, said):
        assert any(said in problem for problem in lock_problems(LOCK + line))

    def test_a_pin_out_of_range(self):
        doctored = re.sub(r"(?m)^pandas==\S+", "pandas==1.0.0", LOCK)
        assert unmet(DECLARED, doctored) == ["pandas: 1.0.0 is not >=3.0"]

    def test_a_requirement_that_is_not_locked(self):
        doctored = DECLARED.replace('"pandas>=3.0"', '"pandas>=3.0", "left-pad"')
        assert unmet(doctored, LOCK) == ["left-pad: not in the lock"]

    def test_an_extra_that_is_not_locked(self):
        doctored = LOCK.replace("msgspec[toml]==", "msgspec==")
        said = without_extras(doctored, ["msgspec[toml]>=0.18.6", "msgspec[x]; extra == 'y'"])
        assert said == ["msgspec[toml]: the lock names []"]

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("  - pip\n", "  - pip\n  - numpy\n", "expected python and pip"),
            ("-r requirements.txt", "-r other.txt", "expected -r requirements.txt"),
            (
                "      - -r requirements.txt",
                "      - -r requirements.txt\n      - x",
                "nothing else",
            ),
            ("python=3.11", "python=3.9", "python 3.9 is not >=3.11"),
            ("python=3.11", "python", "no version of python is named"),
        ],
    )
    def test_another_environment(self, old, new, said):
        assert old in CONDA
        assert any(said in each for each in conda_problems(CONDA.replace(old, new), DECLARED))

    def test_another_version_installed_and_one_missing(self):
        lock = "pandas==0.1\nno-such-package==1\nonly-elsewhere==1 ; sys_platform == 'plan9'\n"
        assert differing(lock, version_here) == [
            f"pandas: locked 0.1, installed {importlib.metadata.version('pandas')}",
            "no-such-package: locked 1, installed None",
        ]
