// The import checker: who may import whom in ui/src, and a few habits. Errors fail the build.
//   base -> nothing of ours; widgets -> base; api -> base; features -> api, widgets, base, and another feature only
//   through its index.ts; app -> everything, features only through index.ts. Neither features nor files form a circle.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAY = {
  base: ['base'],
  widgets: ['widgets', 'base'],
  api: ['api', 'base'],
  features: ['features', 'api', 'widgets', 'base'],
  app: ['app', 'features', 'api', 'widgets', 'base'],
}
const LINES_MAX = 800
const BANNED = [
  [/:\s*any\b|<any>|\bas any\b/, 'no `any`'],
  [/@ts-(ignore|nocheck|expect-error)/, 'no switching the checker off'],
  [/\b(TODO|FIXME|XXX)\b/, 'what is missing is an issue, not a comment'],
  [/<style[\s>]|style="/, 'the page runs without inline styles'],
]
const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g

/** Checks files given as a map of path (from src/) to text. Returns messages, none when all is well. */
export function check(files) {
  const problems = []
  const features = new Map()
  const imports = new Map()
  for (const [path, text] of Object.entries(files)) {
    const lines = text.split('\n')
    if (lines.length > LINES_MAX) problems.push(`${path}: ${lines.length} lines, at most ${LINES_MAX}`)
    if (!/^(\/\/|\/\*)/.test(text) && /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path)) problems.push(`${path}: no header comment`)
    lines.forEach((line, index) => {
      for (const [pattern, why] of BANNED) if (!(why.includes('inline') && path.includes('.test.')) && pattern.test(line)) problems.push(`${path}:${index + 1}: ${why}`)
    })
    const targets = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3])
    for (const target of targets) problems.push(...checkImport(path, target, features))
    imports.set(path, targets.map((target) => fileOf(pathOf(path, target), files)).filter((file) => file !== undefined))
  }
  return [...problems, ...circles(features, 'features'), ...circles(imports, 'files')]
}

/** Where an import leads, from src/; null for a package. */
function pathOf(path, target) {
  return target.startsWith('@/') ? target.slice(2) : target.startsWith('.') ? join(dirname(path), target) : null
}

function fileOf(to, files) {
  return to === null ? undefined : [to, `${to}.ts`, `${to}.tsx`, `${to}/index.ts`].find((file) => file in files)
}

function checkImport(path, target, features) {
  const to = pathOf(path, target)
  if (to === null || to.startsWith('..')) return to === null ? [] : [`${path}: imports ${target}, which is outside of src`]
  const [fromRoom, fromFeature] = path.split('/')
  const [toRoom, toFeature, ...rest] = to.split('/')
  const problems = []
  if (!(MAY[fromRoom] ?? []).includes(toRoom)) problems.push(`${path}: ${fromRoom} may not import ${toRoom} (${target})`)
  if (toRoom === 'features' && !(fromRoom === 'features' && fromFeature === toFeature)) {
    if (rest.length > 0 && rest.join('/') !== 'index' && rest.join('/') !== 'index.ts') problems.push(`${path}: features/${toFeature} is entered through its index.ts only (${target})`)
    if (fromRoom === 'features') features.set(fromFeature, new Set(features.get(fromFeature)).add(toFeature))
  }
  return problems
}

function circles(edges, what) {
  const problems = []
  const state = new Map()
  const visit = (node, trail) => {
    if (state.get(node) === 'done') return
    if (state.get(node) === 'open') return void problems.push(`${what} import each other in a circle: ${[...trail.slice(trail.indexOf(node)), node].join(' -> ')}`)
    state.set(node, 'open')
    for (const next of edges.get(node) ?? []) visit(next, [...trail, node])
    state.set(node, 'done')
  }
  for (const node of edges.keys()) visit(node, [])
  return problems
}

function read(folder, root = folder) {
  return Object.assign({}, ...readdirSync(folder).map((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return read(path, root)
    return /\.tsx?$/.test(name) ? { [relative(root, path)]: readFileSync(path, 'utf8') } : {}
  }))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = read(resolve(dirname(fileURLToPath(import.meta.url)), '../src'))
  const problems = check(files)
  for (const problem of problems) console.error(problem)
  console.log(problems.length === 0 ? `layers: ${Object.keys(files).length} files, all in order` : `layers: ${problems.length} problems`)
  process.exit(problems.length === 0 ? 0 : 1)
}
