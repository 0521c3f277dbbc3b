// Finds what a plugin imports that only a bundler can make a part of it. Run by `sortie plugin build` in the project's
// folder, where it has no bundler and the component could not be made; prints the first such import, as JSON.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

const IMPORT = /(?:^|[;}])\s*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*(['"])([^'"\n]+)\1/gm;

const found = search(resolve(process.argv[2]), new Set());
if (found !== undefined) process.stdout.write(JSON.stringify(found));

function search(file, seen) {
  if (seen.has(file) || !existsSync(file)) return undefined;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const match of text.matchAll(IMPORT)) {
    const name = match[2];
    const kind = kindOf(file, name);
    if (kind !== undefined) {
      const line = text.slice(0, match.index + match[0].length).split('\n').length;
      return { kind, name, place: `${relative('.', file).replaceAll('\\', '/')}:${line}` };
    }
    const within = isPath(name) ? search(resolve(dirname(file), name), seen) : undefined;
    if (within !== undefined) return within;
  }
  return undefined;
}

function isPath(name) {
  return /^\.{0,2}\//.test(name);
}

/** What an import needs a bundler for, or cannot have at all. */
function kindOf(file, name) {
  if (name.startsWith('sortie:')) return undefined;
  if (isBuiltin(name)) return 'node';
  if (name.endsWith('.json')) return 'json';
  if (isPath(name)) return name.endsWith('.cjs') ? 'commonjs' : undefined;
  return isCommonJs(file, name) ? 'commonjs' : undefined;
}

function isCommonJs(file, name) {
  const folder = name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/');
  const paths = createRequire(file).resolve.paths(name) ?? [];
  const manifest = paths.map((path) => join(path, folder, 'package.json')).find(existsSync);
  if (manifest === undefined) return false;
  const { type, module, exports } = JSON.parse(readFileSync(manifest, 'utf8'));
  return type !== 'module' && module === undefined && !JSON.stringify(exports ?? null).includes('"import"');
}
