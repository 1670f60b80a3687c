"""What people can set and call stands in the documents."""

import ast
import re

import pytest
from django.conf import settings

HOME = settings.BASE_DIR
APPS = ("amazon_channel", "commerce_orders", "customers", "project")
# Not for people: Django's own, and the one by which tests kill the program.
OTHERS = {"DJANGO_SETTINGS_MODULE", "FAULT_AT"}
NAME = re.compile(r"[A-Z][A-Z0-9_]{3,}")
OURS_READ_BY_NAME = {
    "amazon_channel/management/commands/add_amazon_account.py": "VARIABLES",
    "project/management/commands/demo.py": "PORTS",
}


def sources():
    for app in APPS:
        for path in sorted((HOME / app).rglob("*.py")):
            if "simulator" not in path.parts and "migrations" not in path.parts:
                yield path


def is_reading(call):
    """`environment.read_…("NAME")`, `os.environ.get("NAME")`."""
    function = call.func
    return isinstance(function, ast.Attribute) and (
        function.attr.startswith("read_") or (function.attr == "get" and ast.unparse(function.value) == "os.environ")
    )


def variables_read():
    names = set()
    for path in sources():
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and is_reading(node) and node.args and isinstance(node.args[0], ast.Constant):
                names.add(node.args[0].value)
        table = OURS_READ_BY_NAME.get(path.relative_to(HOME).as_posix())
        for node in tree.body:
            if table and isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == table:
                names |= {part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant)}
    return {name for name in names if isinstance(name, str) and NAME.fullmatch(name)} - OTHERS


def commands():
    return {
        path.stem
        for app in APPS
        for path in (HOME / app / "management" / "commands").glob("*.py")
        if path.stem != "__init__"
    }


def test_the_search_finds_variables_of_every_kind():
    assert {"SECRET_KEY", "DATABASE_URL", "AMAZON_CLIENT_ID", "PORT", "DEMO_PASSWORD"} <= variables_read()


@pytest.mark.parametrize("document", ["README.md", ".env.example"])
def test_every_environment_variable_is_documented(document):
    text = (HOME / document).read_text()

    assert [name for name in sorted(variables_read()) if not re.search(rf"\b{name}\b", text)] == []


def test_every_command_is_in_the_readme():
    text = (HOME / "README.md").read_text()

    assert [name for name in sorted(commands()) if f"`{name}`" not in text] == []


def test_every_target_of_make_is_in_its_help():
    targets = re.findall(r"^([a-z]+):", (HOME / "Makefile").read_text(), re.MULTILINE)

    assert {"install", "demo", "test", "check", "bench", "soak", "lock", "messages", "screenshots", "help"} == set(
        targets
    )
    for target in targets:
        assert re.search(rf"^{target}:.*## \S", (HOME / "Makefile").read_text(), re.MULTILINE), target


def test_the_env_example_can_be_read():
    for line in (HOME / ".env.example").read_text().splitlines():
        assert re.fullmatch(r"(#.*|[A-Z_]+=.*|)", line), line
