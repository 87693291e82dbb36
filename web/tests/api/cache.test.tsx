// SPDX-License-Identifier: Apache-2.0
import { render, screen, waitFor } from "@testing-library/preact";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { clearCache, invalidate, useQuery } from "../../src/api/cache";
import { ApiError } from "../../src/api/http";

interface Props {
  name: string | null;
  fetcher: (signal: AbortSignal) => Promise<string>;
  keep?: boolean;
}

function View({ name, fetcher, keep = false }: Props) {
  const query = useQuery(name, fetcher, { keep });
  const state = query.loading ? "loading" : query.stale ? "stale" : query.error ? query.error.title : "fresh";
  return (
    <p>
      {state}: {query.data ?? "nothing"}
    </p>
  );
}

const text = () => document.querySelector("p")?.textContent;

beforeEach(clearCache);

describe("the query cache", () => {
  it("asks once for one key, however many views show it", async () => {
    const fetcher = vi.fn(() => Promise.resolve("data"));
    render(
      <>
        <View name="a" fetcher={fetcher} />
        <View name="a" fetcher={fetcher} />
      </>,
    );
    await waitFor(() => expect(screen.getAllByText("fresh: data").length).toBe(2));
    expect(fetcher).toHaveBeenCalledTimes(1);
  });

  it("keeps the old data, marked as stale, until the new is there", async () => {
    let answer: (text: string) => void = () => undefined;
    const view = render(<View name="a" keep fetcher={() => Promise.resolve("one")} />);
    await waitFor(() => expect(text()).toBe("fresh: one"));
    view.rerender(<View name="b" keep fetcher={() => new Promise((resolve) => (answer = resolve))} />);
    await waitFor(() => expect(text()).toBe("loading: one"));
    answer("two");
    await waitFor(() => expect(text()).toBe("fresh: two"));
  });

  it("aborts what nobody waits for any more", async () => {
    const signals: AbortSignal[] = [];
    const fetcher = (signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<string>(() => undefined);
    };
    const view = render(<View name="a" fetcher={fetcher} />);
    await waitFor(() => expect(signals.length).toBe(1));
    view.unmount();
    await waitFor(() => expect(signals[0]?.aborted).toBe(true));
  });

  it("tells errors and asks again after an invalidation", async () => {
    let fails = true;
    const fetcher = () =>
      fails ? Promise.reject(new ApiError(503, "Draining", "")) : Promise.resolve("back");
    render(<View name="a/1" fetcher={fetcher} />);
    await waitFor(() => expect(text()).toBe("Draining: nothing"));
    fails = false;
    invalidate("a/");
    await waitFor(() => expect(text()).toBe("fresh: back"));
  });

  it("takes null for data", async () => {
    const fetcher = (() => Promise.resolve(null)) as unknown as Props["fetcher"];
    render(<View name="n" fetcher={fetcher} />);
    await waitFor(() => expect(text()).toBe("fresh: nothing"));
  });
});
