import type { Closure, InstalledPackage } from '../closure.ts';

/**
 * What stays in node_modules beside a bundle: packages that cannot be in it, because they bring programs or libraries that
 * they look for beside themselves, or because app.toml says so; with all that those need.
 */
export function unbundled(
  closure: Closure,
  { bringsBinaries, external }: { bringsBinaries: (item: InstalledPackage) => boolean; external: readonly string[] },
): { readonly closure: Closure; readonly names: readonly string[] } {
  const outside = closure.packages.filter((item) => external.includes(item.name) || bringsBinaries(item));
  const names = [...new Set(outside.map(({ name }) => name))].sort();
  const byDirectory = new Map(closure.packages.map((item) => [item.directory, item]));
  const kept = new Set(outside);
  for (const item of kept) {
    for (const directory of item.dependencies.values()) {
      const needed = byDirectory.get(directory);
      if (needed !== undefined) kept.add(needed);
    }
  }
  // The bundle asks for them from the app's own place, whoever needed them before.
  const direct = new Map(closure.root.dependencies);
  for (const [name, directory] of direct)
    if (!kept.has(byDirectory.get(directory) as InstalledPackage)) direct.delete(name);
  for (const { name, directory } of outside) if (!direct.has(name)) direct.set(name, directory);
  const root = { ...closure.root, dependencies: direct };
  return { closure: { root, packages: closure.packages.filter((item) => kept.has(item)) }, names };
}
