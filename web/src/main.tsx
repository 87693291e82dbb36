// SPDX-License-Identifier: Apache-2.0
import { render } from "preact";
import { App } from "./app";
import { startKeyboard } from "./state/keyboard";
import { startTheme } from "./state/theme";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/parts.css";
import "./styles/pages.css";

startTheme();
startKeyboard();
const root = document.getElementById("app");
if (root) render(<App />, root);
