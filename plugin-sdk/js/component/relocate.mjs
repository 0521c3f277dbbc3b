// Puts the author's files and lines into what a tool said of the bundle. Run by `sortie plugin build`.
import { readFileSync, writeFileSync } from 'node:fs';

import { locator } from './locate.js';
import places from './places.js';

writeFileSync(1, locator(places)(readFileSync(0, 'utf8')));
