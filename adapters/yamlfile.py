"""A YAML file read safely, with the line of every key and a complaint about repeated keys.

Words like `no` and `on` stay words, and dates stay text, as in YAML 1.2.
"""

import re
from pathlib import Path

import yaml

KeyPath = tuple[str | int, ...]


class ProfileError(Exception):
    """A file of the user says something that cannot be meant; the text says what to write."""


class _Loader(yaml.SafeLoader):
    """The safe loader with YAML 1.2 words."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if not tag.endswith((":bool", ":timestamp"))]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def read_yaml(path: Path) -> tuple[object, dict[KeyPath, int]]:
    """Return the content of a YAML file and the line on which each key path stands."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ProfileError(f"{path}: there is no such file") from None
    except UnicodeDecodeError:
        raise ProfileError(f"{path}: this is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read ({error.strerror})") from None
    lines: dict[KeyPath, int] = {}
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, lines
        _walk(node, (), lines, path, set())
        return loader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ProfileError(f"{where}: not valid YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ProfileError(f"{path}: not valid YAML: {error}") from None
    except (ValueError, TypeError) as error:
        raise ProfileError(f"{path}: a value cannot be read: {error}") from None
    finally:
        loader.dispose()


def _walk(
    node: yaml.Node, at: KeyPath, lines: dict[KeyPath, int], path: Path, above: set[int]
) -> None:
    """Record lines and refuse repeated keys, which YAML libraries silently resolve."""
    lines.setdefault(at, node.start_mark.line + 1)
    if id(node) in above:
        raise ProfileError(f"{path}:{node.start_mark.line + 1}: an anchor contains itself")
    inside = above | {id(node)}
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = str(key.value)
            if name in seen and name != "<<":
                raise ProfileError(
                    f"{path}:{line}: `{name}` is written twice (first on line {seen[name]}); "
                    "keep one"
                )
            seen[name] = line
            lines[(*at, name)] = line
            _walk(value, (*at, name), lines, path, inside)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*at, index), lines, path, inside)
