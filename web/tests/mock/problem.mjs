// SPDX-License-Identifier: Apache-2.0
export class Problem extends Error {
  constructor(status, detail, field, position) {
    super(detail);
    Object.assign(this, { status, field, position });
  }
}
