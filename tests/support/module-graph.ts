/** Who imports whom, read from the text of the modules. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export interface Import {
  /** The importing module, below the root. */
  readonly from: string;
  readonly specifier: string;
  /** The imported module, below the root; null for a package. */
  readonly to: string | null;
  readonly isType: boolean;
}

export interface ModuleGraph {
  /** TypeScript modules below the root, declarations left out. */
  readonly files: readonly string[];
  readonly imports: readonly Import[];
  /** The modules that are loaded with some modules, those included: types are gone by then. */
  closure(start: readonly string[]): ReadonlySet<string>;
}

/** @param folders folders of the root whose modules are read; by default the root itself */
export function moduleGraph(root: string, folders: readonly string[] = ['']): ModuleGraph {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
      .map((path) => join(folder, path)),
  );
  const imports = files.flatMap((from) => {
    const text = readFileSync(join(root, from), 'utf8');
    const matches = [...text.matchAll(/(import|export)(\s+type)?(?:\s[^;'"]*?from)?\s*\(?\s*'([^']+)'/g)];
    return matches.map(([, , type, specifier = '']) => ({
      from,
      specifier,
      to: specifier.startsWith('.') ? relative(root, resolve(root, dirname(from), specifier)) : null,
      isType: type !== undefined,
    }));
  });
  const loads = new Map<string, string[]>();
  for (const { from, to, isType } of imports) {
    if (to !== null && !isType) loads.set(from, [...(loads.get(from) ?? []), to]);
  }
  return {
    files,
    imports,
    closure(start) {
      const reached = new Set(start);
      for (const path of reached) {
        for (const to of loads.get(path) ?? []) reached.add(to);
      }
      return reached;
    },
  };
}
