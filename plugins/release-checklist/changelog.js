// A changelog in the form of https://keepachangelog.com: `## [1.2.0] - 2026-01-08`, with `### Added` and so on.

/** The notes of a version: sections with their entries; undefined if the changelog does not have the version. */
export function notes(changelog, version) {
  let found;
  let section;
  for (const line of changelog.split(/\r?\n/)) {
    const heading = /^##\s+\[?v?([^\]\s]+)\]?/.exec(line);
    if (heading !== null) {
      if (found !== undefined) break;
      if (heading[1] === version) found = {};
      section = undefined;
    } else if (found !== undefined) {
      const title = /^###\s+(.+?)\s*$/.exec(line);
      const entry = /^[-*]\s+(.+?)\s*$/.exec(line);
      if (title !== null) {
        section = title[1].toLowerCase();
      } else if (entry !== null) {
        (found[section ?? 'changed'] ??= []).push(entry[1]);
      }
    }
  }
  return found;
}

/** Whether the notes tell of something that breaks what worked before. */
export function breaks(sections) {
  const entries = Object.values(sections).flat();
  return (sections.removed ?? []).length > 0 || entries.some((entry) => /\bbreaking\b/i.test(entry));
}
