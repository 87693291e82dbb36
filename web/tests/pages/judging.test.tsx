// SPDX-License-Identifier: Apache-2.0
// Evaluations, datasets, suites, judges, scores and reviews over the mock.
import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { asked, key, open, P, param, withMock } from "./harness";

withMock(60);

const last = (part: string) => asked.filter((path) => path.includes(part)).at(-1) ?? "";

/** As a browser does it: the testing library sends `input` instead. */
function choose(select: HTMLSelectElement, value: string): void {
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

describe("evaluations", () => {
  it("are put side by side when they ran over the same samples", async () => {
    open(`${P}/evaluations`);
    const list = await screen.findByRole("grid", { name: "Evaluations" });
    const boxes = within(list).getAllByRole("checkbox");
    expect(boxes).toHaveLength(3);
    expect(list.textContent).toContain("accuracy 0.92worst 0.7"); // told by the list
    await waitFor(() => expect(list.textContent).toMatch(/accuracy 0.91worst 0.7.*accuracy 0.91worst 0.7/));
    fireEvent.click(boxes[1] as HTMLElement);
    const button = screen.getByText("Side by side").closest("button") as HTMLButtonElement;
    expect(button.disabled).toBe(true);
    fireEvent.click(boxes[2] as HTMLElement);
    expect(button.disabled).toBe(false);
    fireEvent.click(button);
    await waitFor(() => expect(location.pathname).toBe(`${P}/evaluations/1,2`));
    await screen.findByText("Metrics by case");
  });

  it("lead from a regression to the samples behind it", async () => {
    const page = open(`${P}/evaluations/1,2`);
    await screen.findByText("rotated");
    const worse = [...page.querySelectorAll(".verdict-worse")];
    expect(worse.length).toBeGreaterThan(0);
    expect(worse[0]?.textContent).toContain("−0.26");
    expect(worse[0]?.getAttribute("title")).toMatch(/significantly worse.*p < 0.001.*mcnemar/);
    fireEvent.click(worse[0]?.closest("button") as HTMLElement);
    await screen.findByText("Got worse 12");
    expect([param("case"), param("metric"), param("show")]).toEqual(["rotated", "accuracy", "worse"]);
    const question = new URL(last("/comparisons/samples"), "http://x").searchParams;
    expect(question.get("evaluations")).toBe("1,2");
    expect(question.get("case")).toBe("rotated");
    await waitFor(() => expect(page.querySelectorAll(".sample-card")).toHaveLength(12));
  });

  it("take the reader's word for which way a metric is better", async () => {
    const page = open(`${P}/evaluations/1,2`);
    const head = () => within(page).getByRole("button", { name: /^confidence/ });
    await screen.findByText("rotated");
    const verdicts = () =>
      ["worse", "better"].map((tone) => page.querySelectorAll(`.case-table .verdict-${tone}`).length);
    expect(verdicts()).toEqual([1, 0]);
    expect(head().title).toContain("it is not known");
    fireEvent.click(head());
    await waitFor(() => expect(verdicts()).toEqual([2, 0]));
    expect(last("/comparisons?")).toContain("higher=confidence");
    fireEvent.click(head());
    await waitFor(() => expect(verdicts()).toEqual([1, 1]));
    expect([param("higher"), param("lower")]).toEqual([null, "confidence"]);
    // The samples behind it are asked for with the same word.
    fireEvent.click(page.querySelector(".verdict-better")?.closest("button") as HTMLElement);
    await waitFor(() => expect(last("/comparisons/samples")).toContain("lower=confidence"));
    fireEvent.click(head());
    await waitFor(() => expect(verdicts()).toEqual([1, 0]));
    expect(param("lower")).toBeNull();
  });

  it("are judged by a standard, and what is shown becomes one", async () => {
    const page = open(`${P}/evaluations/1,2`);
    const menu = async () => {
      fireEvent.click(await screen.findByRole("button", { name: "Quality standard" }));
      return within(screen.getByRole("dialog"));
    };
    const names = (of: { getAllByRole: (role: string) => HTMLElement[] }) =>
      of.getAllByRole("menuitemradio").map((i) => i.textContent.replace(/\d.*/, ""));
    const first = await menu();
    await first.findByText("night");
    expect(names(first)).toEqual(["All metrics", "night"]);
    fireEvent.click(first.getByText("night"));
    await screen.findByRole("columnheader", { name: "Quality" });
    expect([param("standard"), param("by")]).toEqual(["night", "metadata.rotated"]);
    const question = new URL(last("/comparisons?"), "http://x").searchParams;
    expect(["metrics", "higher", "stratify"].map((p) => question.get(p))).toEqual([
      "confidence",
      "confidence",
      "metadata.rotated",
    ]);
    const head = () => within(page).getByRole("button", { name: /^Share/ });
    await waitFor(() => expect(head().title).toMatch(/^higher is better; /));
    fireEvent.click(head()); // the reader's word goes over that of the standard
    await waitFor(() => expect(last("/comparisons?")).toContain("lower=confidence"));
    const saving = await menu();
    fireEvent.input(saving.getByLabelText("Name of the standard"), { target: { value: "dim" } });
    fireEvent.click(saving.getByText("Save"));
    await waitFor(() => expect([param("standard"), param("lower")]).toEqual(["dim", null]));
    await waitFor(() => expect(head().title).toMatch(/^lower is better; /));
    const again = await menu();
    expect(names(again)).toEqual(["All metrics", "night", "dim"]);
    fireEvent.input(again.getByLabelText("Name of the standard"), { target: { value: "dark" } });
    fireEvent.click(again.getByText("Copy"));
    await waitFor(() => expect(param("standard")).toBe("dark"));
    const end = await menu();
    fireEvent.click(await end.findByText("Delete dark"));
    await waitFor(() => expect(param("standard")).toBeNull());
    await within(page).findByRole("button", { name: /^accuracy/ });
    expect(names(await menu())).toEqual(["All metrics", "night", "dim"]);
  });

  it("change the baseline, and divide cases by metadata", async () => {
    open(`${P}/evaluations/1,2`);
    fireEvent.click(await screen.findByText("Make it the baseline"));
    await waitFor(() => expect(last("/comparisons?")).toContain("baseline=2"));
    const by = await screen.findByLabelText<HTMLSelectElement>("Divide the cases by");
    expect([...by.options].map((o) => o.value)).toEqual([
      "",
      "metadata.rotated",
      "metadata.angle:quantiles=4",
    ]);
    choose(by, "metadata.rotated");
    await waitFor(() => expect(last("/comparisons?")).toContain("stratify=metadata.rotated"));
    expect((await screen.findAllByText("hard=true")).length).toBeGreaterThan(0);
  });

  it("open a sample beside the list, walked with keys", async () => {
    const page = open(`${P}/evaluations/2`);
    await waitFor(() => expect(page.querySelectorAll(".sample-card").length).toBeGreaterThan(0));
    key("j");
    const panel = await screen.findByRole("complementary", { name: "Sample" });
    expect(panel.textContent).toContain("digit-0");
    key("j");
    await waitFor(() => expect(panel.textContent).toContain("digit-1"));
    key("Escape");
    await waitFor(() => expect(page.querySelector(".sample-panel")).toBeNull());
  });

  it("show the answers of all models to a sample, each under its model's name", async () => {
    const page = open(`${P}/evaluations/1,2,3?against=2&sample=7`);
    const panel = await screen.findByRole("complementary", { name: "Sample" });
    const answers = (of: Element | null) =>
      [...(of?.querySelectorAll(".sample-result") ?? [])].map(
        (r) => r.querySelector(".short-value")?.textContent,
      );
    await waitFor(() => expect(page.querySelector(".sample-card")).not.toBeNull());
    expect(answers(page.querySelector(".sample-card"))).toEqual(["0 of 1 0.9", "0 of 2 0.9", "0 of 3 0.9"]);
    expect([...panel.querySelectorAll(".sample-side .model-tag")].map((t) => t.textContent)).toEqual([
      "digits:v1",
      "digits:v2",
      "digits:v2",
    ]);
    expect(panel.textContent).toContain("digit-7");
    // What the rows and the buttons count is of the evaluation that is chosen.
    fireEvent.click(screen.getByRole("radio", { name: /^Got worse/ }));
    await waitFor(() => expect(last("/comparisons/samples")).toContain("evaluations=1%2C2"));
    choose(screen.getByLabelText("In which evaluation they got worse or better"), "3");
    await waitFor(() => expect(last("/comparisons/samples")).toContain("evaluations=1%2C3"));
  });

  it("filter their samples by conditions, each with a way out", async () => {
    open(`${P}/evaluations/2?filter=${encodeURIComponent('label="a cat" accuracy:true')}`);
    const field = await screen.findByLabelText("Filter the samples");
    fireEvent.input(field, { target: { value: "confidence<0.5" } });
    fireEvent.submit(field.closest("form") as HTMLElement);
    await screen.findByText("confidence<0.5");
    expect(param("filter")).toBe('label="a cat" accuracy:true confidence<0.5');
    fireEvent.click(screen.getByLabelText('Without label="a cat"'));
    await waitFor(() =>
      expect(decodeURIComponent(last("/samples?"))).toMatch(/filter=accuracy:true[ +]confidence<0.5/),
    );
  });

  it("tell that a model is not deterministic, and lead to the samples", async () => {
    const page = open(`${P}/evaluations/1,2?case=rotated`);
    fireEvent.click(await screen.findByText("3 of 50 samples inferred again differ"));
    await waitFor(() => expect(page.querySelectorAll(".sample-card")).toHaveLength(3));
    expect(last("/inferences")).toMatch(/\/evaluations\/2\/inferences\?.*differing=true/);
    expect([param("show"), param("against"), param("case")]).toEqual(["differing", "2", null]);
    fireEvent.click(screen.getByLabelText("All samples"));
    await waitFor(() => expect(page.querySelectorAll(".sample-card").length).toBeGreaterThan(3));
  });

  it("draw what the evaluator drew, and tell all that it said", async () => {
    const page = open(`${P}/evaluations/2?tab=plots`);
    await screen.findByText("Precision and recall");
    expect(page.querySelectorAll(".still polyline")).toHaveLength(1);
    expect(page.querySelectorAll(".still rect")).toHaveLength(4);
    expect(page.querySelectorAll(".confusion tbody tr")).toHaveLength(10);
    fireEvent.click(screen.getByText("What the evaluator said"));
    expect((await screen.findAllByText("per_digit")).length).toBe(4);
    expect(screen.getAllByRole("img", { name: /^sure: (recall|tp)$/ })).toHaveLength(8);
    expect(screen.getAllByText("sure")).toHaveLength(4);
  });

  it("that do not exist are told as such", async () => {
    open(`${P}/evaluations/9`);
    expect((await screen.findByRole("alert")).textContent).toContain("there is no evaluation 9");
  });
});

/** Pages come as one scrolls; only the rows in sight exist. */
async function scrolledToEnd(page: HTMLElement, count: number): Promise<void> {
  const table = () => page.querySelector(".sample-table") as HTMLElement;
  await waitFor(() => {
    table().scrollTop = count * 40;
    fireEvent.scroll(table());
    expect(table().getAttribute("aria-rowcount")).toBe(String(count + 1));
  });
  await waitFor(() => expect(page.querySelector(`[aria-rowindex="${count + 1}"]`)).not.toBeNull());
  expect(page.querySelectorAll(".sample-row").length).toBeLessThan(80);
}

describe("datasets", () => {
  it("show samples of a split, found by text", async () => {
    const page = open(`${P}/datasets/questions`);
    await screen.findByText("What is 0 + 0?");
    await scrolledToEnd(page, 230);
    fireEvent.click(screen.getByText("test 46"));
    await screen.findByText("46 samples");
    fireEvent.input(screen.getByLabelText("Find in the samples"), { target: { value: "225 +" } });
    await screen.findByText("1 sample");
  });

  it("tell what a version changed", async () => {
    open(`${P}/datasets/questions?tab=history`);
    fireEvent.click(await screen.findByText("v3", { selector: "strong" }));
    const from = await screen.findByLabelText<HTMLSelectElement>("From version");
    expect([from.value, screen.getByLabelText<HTMLSelectElement>("To version").value]).toEqual(["v2", "v3"]);
    expect(param("compare")).toBe("v2..v3");
    await waitFor(() => expect(last("/diff")).toContain("from=v2&to=v3"));
    choose(from, "v0");
    await waitFor(() => expect(last("/diff")).toContain("from=v0&to=v3"));
  });

  it("are made on the page; a name that is taken is told at its field", async () => {
    open(`${P}/datasets`);
    fireEvent.click(await screen.findByText("New dataset"));
    const name = screen.getByLabelText("Name");
    fireEvent.input(name, { target: { value: "questions" } });
    fireEvent.submit(name.closest("form") as HTMLElement);
    expect((await screen.findByRole("alert")).textContent).toContain("already");
    fireEvent.input(name, { target: { value: "answers" } });
    fireEvent.submit(name.closest("form") as HTMLElement);
    await waitFor(() => expect(location.pathname).toBe(`${P}/datasets/answers`));
  });
});

describe("scores of samples", () => {
  const panel = async () => within(await screen.findByRole("complementary", { name: "Sample" }));
  const posted = () => asked.filter((p) => p.endsWith("/datasets/questions/scores")).length;

  it("are given, changed and taken back beside the list, which is filtered by them", async () => {
    const page = open(`${P}/datasets/questions`);
    await screen.findByText("What is 0 + 0?");
    key("j");
    const side = await panel();
    fireEvent.click(side.getByLabelText("Bad"));
    await side.findByText("failed");
    fireEvent.click(side.getByLabelText("Good"));
    await side.findByText("passed");
    expect(side.queryByText("failed")).toBeNull();
    fireEvent.click(side.getByText("Score it"));
    fireEvent.input(side.getByLabelText("Name"), { target: { value: "tone" } });
    fireEvent.input(side.getByLabelText("Value"), { target: { value: "rude" } });
    fireEvent.input(side.getByLabelText("Why"), { target: { value: "it shouts" } });
    fireEvent.click(side.getByText("Store"));
    await side.findByText("it shouts");
    expect(side.getByText("rude")).toBeDefined();
    fireEvent.click(side.getAllByLabelText("Take this score back")[0] as HTMLElement);
    await waitFor(() => expect(side.queryByText("passed")).toBeNull());
    fireEvent.click(side.getByLabelText("Bad"));
    await side.findByText("failed");
    choose(screen.getByLabelText<HTMLSelectElement>("By feedback"), "failed");
    await screen.findByText("1 sample");
    expect(param("scored")).toBe("failed");
    expect(last("/samples?")).toContain("scored=failed");
    expect(page.querySelectorAll(".sample-row")).toHaveLength(1);
  });

  it("say what is expected, which becomes the expected value of a new version", async () => {
    open(`${P}/datasets/questions?q=40+%2B`);
    await screen.findByText("What is 40 + 40?");
    key("j");
    const side = await panel();
    fireEvent.click(side.getByText("Expect"));
    const field = side.getByLabelText<HTMLTextAreaElement>("What the output should be");
    expect(field.value).toBe("80");
    fireEvent.input(field, { target: { value: "eighty" } });
    fireEvent.click(side.getByText("Store"));
    fireEvent.click(await side.findByText("Make it the expected value"));
    await screen.findByText("Expected from v4 on");
    await side.findByText("expected now");
    await waitFor(() =>
      expect(screen.getByRole("grid", { name: "Samples" }).textContent).toContain("eighty"),
    );
  });

  it("are a queue: the dataset's page begins it, the keys are those of traces", async () => {
    const page = open(`${P}/datasets/questions?v=v2&split=test`);
    fireEvent.click(await screen.findByText("Review them"));
    await screen.findByText("Samples of a dataset");
    const value = (label: string) => screen.getByLabelText<HTMLInputElement>(label).value;
    expect([value("Dataset"), value("Version"), value("Split")]).toEqual(["questions", "2", "test"]);
    fireEvent.click(screen.getByText("Create"));
    const title = () => page.querySelector(".review-sample .mono")?.textContent ?? "";
    await waitFor(() => expect(title()).toBe("q0"));
    const sent = posted();
    key("y");
    await waitFor(() => expect(posted()).toBe(sent + 1));
    expect(title()).toBe("q1");
    key("u");
    await waitFor(() => expect(title()).toBe("q0"));
    key("e");
    fireEvent.input(await screen.findByLabelText("What the output should be"), { target: { value: "nil" } });
    fireEvent.click(screen.getByText("Store"));
    await screen.findByText("Kept as an expectation of the sample");
    key("n");
    await waitFor(() => expect(title()).toBe("q1"));
    key("s");
    await waitFor(() => expect(title()).toBe("q2"));
    fireEvent.click(screen.getByText("Review", { selector: ".crumbs a" }));
    await screen.findByText("samples of questions v2 test");
  });

  it("are a queue of more than a page: what is skipped stays, what is taken back is gone", async () => {
    const page = open(`${P}/review?dataset=questions`);
    fireEvent.input(await screen.findByLabelText("Name"), { target: { value: "long" } });
    fireEvent.input(screen.getByLabelText("Judge"), { target: { value: "bob" } });
    fireEvent.click(screen.getByText("Create"));
    const title = () => page.querySelector(".review-sample .mono")?.textContent ?? "";
    const told = () => page.querySelector(".topbar [role=status]")?.textContent ?? "";
    const through = async (name: string, from: number, to: number) => {
      for (let i = from; i < to; i++) {
        await waitFor(() => expect(title()).toBe(`q${i}`));
        key(name);
      }
    };
    const dropped = () => asked.filter((path) => /\/scores\/\d+$/.test(path)).length;
    const droppedBefore = dropped();
    await waitFor(() => expect(told()).toBe("230 left · 0 done"));
    await through("s", 0, 60); // more than the server gives at once
    expect(last("/next")).toContain("limit=100");
    await waitFor(() => expect(told()).toBe("230 left · 0 done · 60 skipped"));
    await through("y", 60, 120);
    await waitFor(() => expect(told()).toBe("170 left · 60 done · 60 skipped"));
    await through("y", 120, 121);
    key("u"); // both before and after the last page came
    await waitFor(() => expect(title()).toBe("q120"));
    key("u");
    await waitFor(() => expect(title()).toBe("q119"));
    await waitFor(() => expect(told()).toBe("171 left · 59 done · 60 skipped"));
    await waitFor(() => expect(dropped()).toBe(droppedBefore + 2));
  });

  it("are a queue that is not counted: no numbers are shown, and page follows page", async () => {
    const page = open(`${P}/review?dataset=questions`);
    fireEvent.input(await screen.findByLabelText("Name"), { target: { value: "slow" } });
    fireEvent.input(screen.getByLabelText("Judge"), { target: { value: "carl" } });
    fireEvent.click(screen.getByText("Create"));
    for (let i = 0; i < 70; i++) {
      await waitFor(() => expect(page.querySelector(".review-sample .mono")?.textContent).toBe(`q${i}`));
      expect(page.querySelector(".topbar [role=status]")?.textContent).toBe("");
      key("y");
    }
  });

  it("stand at a model's answers in an evaluation, with how far people agree with judges", async () => {
    const page = open(`${P}/evaluations/2`);
    await waitFor(() => expect(page.querySelectorAll(".sample-card").length).toBeGreaterThan(0));
    key("j");
    const side = await panel();
    const answer = within(await side.findByRole("region", { name: "Scores of digits:v2's answer" }));
    const own = within(side.getByRole("region", { name: "Scores of the sample" }));
    fireEvent.click(answer.getByLabelText("Bad"));
    await answer.findByText("failed");
    expect(own.queryByText("failed")).toBeNull();
    expect(own.getByText("Expect")).toBeDefined();
    expect(answer.queryByText("Expect")).toBeNull();
    await screen.findByText("How far people and judges agree on answers of digits:v2");
  });
});

describe("suites", () => {
  it("rank models and show the samples of a case", async () => {
    const page = open(`${P}/suites/digits/night`);
    await screen.findByText("Models on this suite");
    fireEvent.click(await screen.findByText("noisy"));
    await waitFor(() => expect(last("/cases/noisy/samples")).not.toBe(""));
    expect(param("case")).toBe("noisy");
    await scrolledToEnd(page, 320);
    fireEvent.input(screen.getByLabelText("Find in the samples"), { target: { value: "digit-31" } });
    await screen.findByText("11 samples");
    key("j");
    const panel = await screen.findByRole("complementary", { name: "Sample" });
    expect(panel.textContent).toContain("digit-31");
    key("Escape");
    await waitFor(() => expect(page.querySelector(".sample-panel")).toBeNull());
    const both = await screen.findByText("Side by side");
    expect(both.closest("a")?.getAttribute("href")).toContain("/evaluations/1,2");
  });

  it("show an older version, and lead back to the newest", async () => {
    open(`${P}/suites/digits/night`);
    const version = await screen.findByLabelText<HTMLSelectElement>("Version");
    choose(version, "v1");
    await waitFor(() => expect(last("/suites/night")).toContain("version=1"));
    expect([...version.options].map((o) => o.text)).toEqual(["v2, the newest", "v1"]);
    choose(version, "v2");
    await waitFor(() => expect(param("v")).toBeNull());
    expect(version.value).toBe("v2");
  });
});

describe("judges", () => {
  it("show how far they agree", async () => {
    const page = open(`${P}/judges`);
    await screen.findByText("How far they agree");
    expect(page.textContent).toContain("substantial");
    expect(last("/agreement")).toContain("judges=exactness%2Chuman");
  });

  it("show their code, against another version", async () => {
    const page = open(`${P}/judges/exactness`);
    await waitFor(() => expect(page.textContent).toContain("outputs.strip() == expected"));
    choose(screen.getByLabelText("Compare with"), "v1");
    await waitFor(() => expect(page.textContent).toContain("outputs == expected"));
  });

  it("list their versions, with what each said, and compare one with the one before", async () => {
    const page = open(`${P}/judges/polite?from=-7d`);
    const versions = await waitFor(() => {
      const table = page.querySelector<HTMLElement>(".judge-versions");
      expect(table?.querySelectorAll("tbody tr")).toHaveLength(2);
      return within(table as HTMLElement);
    });
    expect(versions.getAllByRole("link")[0]?.getAttribute("href")).toContain("q=judge:polite:v2&from=-7d");
    fireEvent.click(versions.getByText("v1"));
    await waitFor(() => expect(page.querySelector(".code")?.textContent).toContain("Is it polite? 1"));
    // An LLM has no source: its definitions are compared.
    fireEvent.click(versions.getByText("Against v1"));
    await waitFor(() => {
      expect(page.querySelector(".diff")?.textContent).toContain("Is it polite? 1");
      expect(page.querySelector(".diff")?.textContent).toContain("Is it polite? 2");
    });
  });

  it("show how scores lie at each time; a range leads to its traces on keys", async () => {
    const page = open(`${P}/judges/exactness`);
    const map = await screen.findByRole("button", { name: /^How scores lie, exactness:v2 over time/ });
    map.focus();
    const said = () => page.querySelector(".heat-said")?.textContent ?? "";
    await waitFor(() => expect(said()).toMatch(/^0\.75 to 1: 7 scores/));
    fireEvent.keyDown(map, { key: "ArrowDown" });
    fireEvent.keyDown(map, { key: "ArrowRight" });
    await waitFor(() => expect(said()).toMatch(/^0\.5 to 0\.75: 8 scores/));
    fireEvent.keyDown(map, { key: "Enter" });
    await waitFor(() => expect(location.pathname).toContain("/traces"));
    expect(param("q")).toBe("span(judge:exactness:v2 score.exactness>=0.5 score.exactness<0.75)");
    expect(Date.parse(param("to") ?? "") - Date.parse(param("from") ?? "")).toBe(3600e3);
  });
});

describe("people", () => {
  const firstTrace = async (page: HTMLElement) => {
    await waitFor(() => expect(page.querySelector(".trace-row")).not.toBeNull());
  };

  it("score a trace, and take it back", async () => {
    const page = open(`${P}/traces`);
    await firstTrace(page);
    key("j");
    fireEvent.click(await screen.findByLabelText("Good"));
    await waitFor(() => expect(page.querySelector(".score-list .score-passed")).not.toBeNull());
    fireEvent.click(screen.getByLabelText("Take this score back"));
    await waitFor(() => expect(page.querySelector(".score-list")).toBeNull());
  });

  it("make a trace a test", async () => {
    const page = open(`${P}/traces`);
    await firstTrace(page);
    key("j");
    fireEvent.click(await screen.findByText("Make it a test"));
    const dialog = await screen.findByRole("dialog");
    fireEvent.click(await within(dialog).findByText("questions"));
    await screen.findByText(/A new sample of questions:v/);
  });

  it("review a queue on keys, and go back", async () => {
    const page = open(`${P}/review/1`);
    await screen.findByText("Does it answer the question?");
    const title = () => page.querySelector(".trace-title h1")?.textContent ?? "";
    await waitFor(() => expect(title()).not.toBe(""));
    const sent = asked.filter((p) => p.endsWith("/scores")).length;
    const told = () => page.querySelector(".topbar [role=status]")?.textContent ?? "";
    await waitFor(() => expect(told()).toMatch(/left · \d+ done/));
    const before = told();
    key("y");
    await waitFor(() => expect(asked.filter((p) => p.endsWith("/scores")).length).toBe(sent + 1));
    expect(told()).not.toBe(before);
    key("s");
    await waitFor(() => expect(told()).toContain("1 skipped"));
    key("u"); // it was only skipped
    await waitFor(() => expect(told()).not.toContain("skipped"));
    key("u");
    await waitFor(() =>
      expect(asked.some((p) => /\/scores\/[0-9a-f]{32}\/[0-9a-f]{16}$/.test(p))).toBe(true),
    );
    await waitFor(() => expect(told()).toBe(before));
  });

  it("are told at the field what is wrong with a new queue", async () => {
    open(`${P}/review`);
    fireEvent.click(await screen.findByText("New queue"));
    fireEvent.input(screen.getByLabelText("Name"), { target: { value: "mine" } });
    fireEvent.input(screen.getByLabelText("Judge"), { target: { value: "" } });
    fireEvent.submit(screen.getByLabelText("Name").closest("form") as HTMLElement);
    expect((await screen.findByRole("alert")).textContent).toContain("judge: must not be empty");
  });
});

describe("rules of workers", () => {
  const table = () => screen.findByText("Rules of workers");
  it("are listed with what waits for the worker, paused and deleted", async () => {
    open(`${P}/judges`);
    await table();
    const row = (await screen.findByText("model:assistant")).closest("tr") as HTMLElement;
    expect(row.textContent).toMatch(/25\s%/);
    await waitFor(() =>
      expect(
        asked.some((path) => decodeURIComponent(path).includes("(model:assistant)+-judge:short:v2")),
      ).toBe(true),
    );
    fireEvent.click(within(row).getByText("Pause"));
    await within(row).findByText("paused");
    expect(within(row).queryByRole("link", { name: /^\d/ })).toBeNull();
    fireEvent.click(within(row).getByText("Go on"));
    await within(row).findByText("on");
    fireEvent.click(within(row).getByText("Delete"));
    await screen.findByText(/No rules\. By a rule/);
  });

  it("are made with the search of everywhere; what is wrong stands at its field", async () => {
    open(`${P}/judges`);
    await table();
    fireEvent.click(await screen.findByText("New rule"));
    const where = screen.getByRole("combobox", { name: "Search of the rule" });
    fireEvent.input(where, { target: { value: "abc::" } });
    fireEvent.input(screen.getByLabelText("Share, %"), { target: { value: "150" } });
    fireEvent.click(screen.getByText("Create"));
    expect((await screen.findByRole("alert")).textContent).toBe("A percentage, from 0 to 100");
    fireEvent.input(screen.getByLabelText("Share, %"), { target: { value: "10" } });
    fireEvent.click(screen.getByText("Create"));
    await screen.findByText(/a value is missing/);
    fireEvent.input(where, { target: { value: "status:ok" } });
    fireEvent.click(screen.getByText("Create"));
    const row = (await screen.findByText("status:ok")).closest("tr") as HTMLElement;
    expect(row.textContent).toMatch(/10\s%/);
    fireEvent.click(within(row).getByText("Edit"));
    expect(screen.getByRole<HTMLInputElement>("combobox", { name: "Search of the rule" }).value).toBe(
      "status:ok",
    );
    fireEvent.input(screen.getByLabelText("Share, %"), { target: { value: "12.5" } });
    fireEvent.click(screen.getByText("Save"));
    await screen.findByText(/^12.5\s%$/);
  });

  it("are begun with Tab and Enter, though a row of the list above is chosen", async () => {
    open(`${P}/judges`);
    const button = await screen.findByText("New rule");
    const enter = () => fireEvent.keyDown(button, { key: "Enter", bubbles: true, cancelable: true });
    key("j");
    key("Tab");
    expect(enter()).toBe(true); // the browser clicks the button
    expect(location.pathname).toBe(`${P}/judges`);
    key("j"); // now Enter is the list's again
    expect(enter()).toBe(false);
    expect(location.pathname).toBe(`${P}/judges/human`);
  });

  it("can be of single spans, which are counted as such", async () => {
    open(`${P}/judges`);
    await table();
    fireEvent.click(await screen.findByText("New rule"));
    choose(screen.getByLabelText("What is judged"), "span");
    fireEvent.input(screen.getByRole("combobox", { name: "Search of the rule" }), {
      target: { value: "type:llm" },
    });
    fireEvent.click(screen.getByText("Create"));
    const row = (await screen.findByText("type:llm")).closest("tr") as HTMLElement;
    expect(row.textContent).toContain("spans type:llm");
    await waitFor(() => expect(last("of=spans")).toContain("%28type%3Allm%29"));
    expect(within(row).getByText("type:llm").getAttribute("href")).toContain("/explore?");
  });
});
