# SPDX-License-Identifier: Apache-2.0
"""Judges: scoring rubrics with passing criteria, in code or by an LLM.

from vireo.judge import Judge

judge = Judge("random-judge", "returns a random score", scoring_rubric, passing_criteria)
judge_tag = vr.add_judge(judge)     # "random-judge:v1"

@vr.assess(judge_tag)
def model(input_a, input_b): ...
"""

from ._judge import Judge
from ._llm import LLMJudge
from ._outcome import Score
from ._rubrics import completeness, correctness, prompt_alignment, relevancy, summarization, toxicity

__all__ = [
    "Judge",
    "LLMJudge",
    "Score",
    "completeness",
    "correctness",
    "prompt_alignment",
    "relevancy",
    "summarization",
    "toxicity",
]
