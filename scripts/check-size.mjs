/** The page's first load must stay light: everything index.html pulls in, gzipped, without the engine's worker chunk. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const limit = 250 * 1024;
const html = readFileSync('dist/index.html', 'utf8');
const scripts = [...html.matchAll(/(?:src|href)="\.?\/?(assets\/[^"]+\.js)"/g)].map((match) => match[1]);
const sizes = scripts.map((path) => ({ path, bytes: gzipSync(readFileSync(`dist/${path}`)).length }));
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
for (const { path, bytes } of sizes) console.log(`${(bytes / 1024).toFixed(1).padStart(8)} KB  ${path}`);
console.log(`${(total / 1024).toFixed(1).padStart(8)} KB  initial JavaScript, gzipped (limit ${limit / 1024} KB)`);
if (scripts.length === 0 || total > limit) process.exit(1);
