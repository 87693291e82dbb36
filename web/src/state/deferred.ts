// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";

/** The value once it has been the same for a while; what is typed need not be asked letter by letter. */
export function useDeferred<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
