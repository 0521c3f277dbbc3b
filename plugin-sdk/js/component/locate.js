// From places in a bundle to places in the author's files.

/**
 * What replaces each place in the bundle that a text names. `lines` has a text for each line of the bundle: segments of a
 * column in the bundle, a source, a line and a column in it, each but the first less that of the segment before, in base 36.
 * `texts` has the lines of the author's own sources.
 */
export function locator({ sources, lines, texts }) {
  const locate = (text) => text.replace(/[^\s(]*\.sortie\/bundle\.js:(\d+)(?::(\d+))?/g, (whole, line, column = '1') => {
    let found;
    let at = [0, 0, 0, 0];
    for (const segment of (lines[Number(line) - 1] ?? '').split(',').filter(Boolean)) {
      const differences = segment.split('.');
      at = at.map((value, index) => value + Number.parseInt(differences[index], 36));
      // A segment holds for what comes after it on its line, and the first also for what comes before.
      if (found === undefined || at[0] < Number(column)) found = at;
    }
    return found === undefined ? whole : `${sources[found[1]]}:${found[2] + 1}:${found[3] + 1}`;
  });
  /** The word at a place in one of the author's files. */
  locate.word = (file, line, column) => {
    const text = texts[sources.indexOf(file.replace(/^\//, ''))]?.[line - 1];
    return /^[\w$.]+/.exec(text?.slice(column - 1) ?? '')?.[0];
  };
  return locate;
}
