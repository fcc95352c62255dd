// Validates objects against the schemas of the Kubernetes API and of the Prometheus operator. stdin
// has a JSON array of [name, object]; stdout gets a line for each error.
//
// The schemas permit unknown fields. So the compiler of TypeScript compares the objects with the
// types of the same packages, too: a literal must not have a field that its type does not have.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const packages = { "monitoring.coreos.com": "@kubernetes-models/prometheus-operator" };
const objects = JSON.parse(readFileSync(0));
const types = []; // the source for the compiler, an object a line
const names = []; // the object of each line

for (const [name, object] of objects) {
  const module = `${packages[object.apiVersion.split("/")[0]] ?? "kubernetes-models"}/${object.apiVersion}/${object.kind}`;
  try {
    new (await import(module))[object.kind](object).validate();
  } catch (error) {
    console.log(`${name}: ${error.message}`);
  }
  types.push(`import { I${object.kind} as T${types.length} } from "${module}"; export const o${types.length}: T${types.length} = ${JSON.stringify(object)};`);
  names.push(name);
}

const folder = mkdtempSync(join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "node_modules", ".objects-"));
try {
  const source = join(folder, "objects.ts");
  writeFileSync(source, types.join("\n"));
  const program = ts.createProgram([source], {
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    types: [],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  });
  for (const { file, start, messageText } of ts.getPreEmitDiagnostics(program)) {
    const line = file && ts.getLineAndCharacterOfPosition(file, start).line;
    const object = file?.fileName.endsWith("objects.ts") ? names[line] : file?.fileName;
    console.log(`${object}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
