// SPDX-License-Identifier: Apache-2.0
// The lines of code that would fill an empty page, with the real address and
// project, ready to be copied.
import { useState } from "preact/hooks";
import { serverUrl, useInfo } from "../api/projects";
import { Code } from "./code";
import { Tabs } from "./tabs";

const LANGUAGES = [
  { id: "python", label: "Python" },
  { id: "otel", label: "OpenTelemetry" },
  { id: "c", label: "C" },
] as const;

const quote = (text: string) => JSON.stringify(text);

/** Header values travel percent-encoded in the exporter's environment. */
export function starterCode(language: string, url: string, project: string): string {
  if (language === "otel")
    return [
      `export OTEL_EXPORTER_OTLP_ENDPOINT=${url}`,
      `export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
      `export OTEL_EXPORTER_OTLP_HEADERS=x-vireo-project=${encodeURIComponent(project)}`,
    ].join("\n");
  if (language === "c")
    return [
      "#include <vireo/vireo.h>",
      "",
      "vireo_client *c = NULL;",
      `vireo_options o = {.url = ${quote(url)}, .project = ${quote(project)}};`,
      "if (vireo_open(&o, &c) == 0) {",
      `    vireo_span *s = vireo_span_start(c, NULL, "detect");`,
      "    vireo_span_finish(s);",
      "    vireo_close(c, 5000);",
      "}",
    ].join("\n");
  return [
    "from vireo import Vireo",
    `vr = Vireo(${quote(project)}, url=${quote(url)})`,
    "",
    "@vr.trace",
    "def model(input_a, input_b):",
    "    return input_a + input_b",
    "",
    "model(1, 2)",
  ].join("\n");
}

export function Starter({ project }: { project: string }) {
  const [language, setLanguage] = useState("python");
  const info = useInfo();
  const url = serverUrl(info.data);
  return (
    <div class="starter">
      <Tabs items={LANGUAGES} active={language} label="Language" onPick={setLanguage}>
        <Code
          text={starterCode(language, url, project)}
          language={language === "python" ? "python" : "text"}
          numbers={false}
        />
      </Tabs>
    </div>
  );
}
