#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The smallest program: a traced function, changed once.

Needs a server (`make run`); VIREO_URL says where, if not on http://127.0.0.1:4318.
Run it again: the tags are the same.
"""

from vireo import Vireo

vr = Vireo("Concept Project")


@vr.trace
def model(input_a, input_b):
    return input_a + input_b


print("1 + 2 =", model(1, 2), "by", vr.version_of(model))


@vr.trace
def model(input_a, input_b):
    return input_a - input_b  # addition changed into subtraction


print("1 - 2 =", model(1, 2), "by", vr.version_of(model))

first = vr.model("model:v1")
print(f"\n{first.tag}, first seen {first.first_seen}:\n{first.source}")
print("loaded again, it adds:", first.load(allow_code=True)(20, 22))
