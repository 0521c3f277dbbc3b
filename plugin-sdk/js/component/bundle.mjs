// Makes one file of a plugin and the packages that it imports, and a table of where each of its lines comes from. Run by
// `sortie plugin build` in the project's folder, with the project's own esbuild.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { relative, resolve } from 'node:path';

const { build, formatMessages } = createRequire(resolve('package.json'))('esbuild');

const options = {
  entryPoints: ['.sortie/entry.js'],
  outfile: '.sortie/bundle.js',
  bundle: true,
  format: 'esm',
  // The engine has neither a browser's globals nor the modules of Node.js.
  platform: 'neutral',
  mainFields: ['module', 'main'],
  target: 'es2023',
  external: ['sortie:*', './places.js'],
  charset: 'utf8',
  sourcemap: 'external',
  sourcesContent: false,
  logLevel: 'silent',
  // Of two missions of one name, the first would be gone without a word.
  logOverride: { 'duplicate-object-key': 'error', 'assign-to-constant': 'error' },
  write: false,
};

try {
  const { outputFiles } = await build(options);
  const [map, code] = ['.map', '.js'].map((end) => outputFiles.find(({ path }) => path.endsWith(end)));
  const { sources, mappings } = JSON.parse(map.text);
  const named = sources.map((source) => relative('.', resolve('.sortie', source)).replaceAll('\\', '/'));
  const isAuthors = (source) => !/(^|\/)(node_modules|\.sortie)\/|^sortie\.js$|\.json$/.test(source);
  const texts = named.map((source) => (isAuthors(source) ? readFileSync(source, 'utf8').split(/\r?\n/) : null));
  writeFileSync('.sortie/bundle.js', code.contents);
  writeFileSync('.sortie/places.js', `export default ${JSON.stringify({ sources: named, lines: lines(mappings), texts })};\n`);
} catch (error) {
  if (!Array.isArray(error.errors)) throw error;
  for (const each of error.errors) {
    const imported = /^Could not resolve "((?:@[^/"]+\/)?[^./"][^/"]*)[^"]*"/.exec(each.text)?.[1];
    if (imported !== undefined) each.notes = [{ text: `If it is a package, type: npm install ${imported}` }];
    if (/^Could not resolve "[@~#]\//.test(each.text)) each.notes = [{ text: 'If it is an alias, tsconfig.json has to have it in its `paths`.' }];
    const main = /^Could not resolve "\.\.\/(.*)"/.exec(each.text)?.[1];
    if (main !== undefined && each.location?.file.endsWith('.sortie/entry.js')) {
      each.text = `package.json's \`main\` is \`${main}\`, which is not there`;
      each.location = null;
    }
    const lacking = /^No matching export in "(.*)" for import "default"/.exec(each.text)?.[1];
    if (lacking !== undefined && each.location?.file.endsWith('.sortie/entry.js')) {
      each.text = `\`${lacking}\` has to say \`export default plugin({ missions, operations })\``;
      each.location = null;
    }
    const builtin = /^Could not resolve "(?:node:)?([a-z_/]+)"/.exec(each.text)?.[1];
    if (builtin !== undefined && createRequire(import.meta.url)('node:module').isBuiltin(builtin)) {
      each.notes = [{ text: `A plugin has no modules of Node.js: take a package that does without \`${builtin}\`, or put what it needs in the params or the state.` }];
    }
  }
  process.stderr.write((await formatMessages(error.errors, { kind: 'error', color: false })).join(''));
  process.exitCode = 1;
}

/**
 * The table of the bundler (Source Map, ECMA-426) as `locate.js` reads it: where a line is looked up, no other has to be
 * read.
 */
function lines(mappings) {
  const state = [0, 0, 0, 0];
  return mappings.split(';').map((line) => {
    state[0] = 0;
    let before = [0, 0, 0, 0];
    return line.split(',').filter(Boolean).map((segment) => {
      numbers(segment).slice(0, 4).forEach((difference, index) => {
        state[index] += difference;
      });
      const differences = state.map((value, index) => (value - before[index]).toString(36));
      before = [...state];
      return differences.join('.');
    }).join(',');
  });
}

/** The numbers of a segment: base 64, five bits a digit, the lowest bit of the whole its sign. */
function numbers(segment) {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const found = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = digits.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if ((bits & 32) === 0) {
      found.push(value & 1 ? -(value >>> 1) : value >>> 1);
      value = 0;
      shift = 0;
    }
  }
  return found;
}
