// Puts the author's files and lines into what a tool said of the bundle, and what was thrown while the plugin was loaded
// before the tool's own words for it, with the author's line first. Run by `sortie plugin build`.
import { readFileSync, writeFileSync } from 'node:fs';

import { locator } from './locate.js';
import places from './places.js';

const said = locator(places)(readFileSync(0, 'utf8'));
const thrown = /Failed to evaluate user JavaScript module: (?:Failed to finish JavaScript module evaluation: )?(?:Error: )?([^]*)/.exec(said)?.[1];
const lines = (thrown ?? '').split('\n');
const isFrame = (line) => /^\s+at /.test(line);
const isOwn = (line) => /[( ](?:sortie\.js|\.sortie\/[^:]*):/.test(line);
const place = /([^\s(]+:\d+:\d+)\)?$/.exec(lines.find((line) => isFrame(line) && !isOwn(line)) ?? '')?.[1];
writeFileSync(1, place === undefined ? said : `${place}: ${lines.filter((line) => !isOwn(line)).join('\n')}`);
