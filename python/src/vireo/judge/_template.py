# SPDX-License-Identifier: Apache-2.0
"""Prompt templates: text with places for what is judged.

    {outputs}                      the output: text as it is, anything else as JSON
    {inputs.question}              a member of it
    {inputs.question|inputs}       the first that is there

Other braces are left alone, so that a template may show JSON.  Not `str.format`:
a template may come from the server, and that reaches into Python's objects.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ._judge import PARAMETERS

VALUE_MAX = 40_000  # characters of one value
_PATH = r"[A-Za-z_]\w*(?:\.[\w-]+)*"
_PLACE = re.compile(r"\{(" + _PATH + r"(?:\|" + _PATH + r")*)\}")


class MissingValue(ValueError):
    """A place has nothing to be filled with."""


def _shown(value: Any) -> str:
    if isinstance(value, str):
        text = value
    elif isinstance(value, list) and value and all(isinstance(v, str) for v in value):
        text = "\n".join(f"- {v}" for v in value)
    else:
        text = json.dumps(value, ensure_ascii=False)
    if len(text) <= VALUE_MAX:
        return text
    half = VALUE_MAX // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"


class Template:
    """A parsed template.

    Raises:
        ValueError: a place names something that is not there to be judged.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.parameters: list[str] = []
        for place in _PLACE.findall(text):
            for path in place.split("|"):
                name = path.split(".")[0]
                if name not in PARAMETERS:
                    known = ", ".join(f"{{{p}}}" for p in PARAMETERS)
                    raise ValueError(f"the template has {{{place}}}; it may have any of {known}, and their members")
                if name not in self.parameters:
                    self.parameters.append(name)
        if not self.parameters:
            raise ValueError("the template looks at nothing: write {outputs} where the output belongs")

    def fill(self, values: dict[str, Any]) -> str:
        """The prompt.

        Args:
            values: by parameter; one that is absent was not recorded.

        Raises:
            MissingValue: nothing is there for a place.
        """

        def replaced(match: re.Match[str]) -> str:
            for path in match.group(1).split("|"):
                name, *members = path.split(".")
                here = values.get(name, _ABSENT)
                for member in members:
                    here = here.get(member, _ABSENT) if isinstance(here, dict) else _ABSENT
                if here is not _ABSENT:
                    return _shown(here)
            raise MissingValue(f"there is no {match.group(1).split('|')[0]}")

        return _PLACE.sub(replaced, self.text)


_ABSENT = object()
