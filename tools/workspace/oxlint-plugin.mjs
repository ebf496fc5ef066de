// Project rules for oxlint. `determinism/injected` keeps the wall clock, randomness and the environment out of code that
// must give the same answer to the same events: a Clock, a Random and the settings are handed in instead.

const WHY =
  'inject a Clock or a Random (core), or read a setting (config): the same events must give the same decisions';

/** Members that read the world, by the global object or module that owns them. */
const BANNED = {
  Date: ['now'],
  Math: ['random'],
  process: ['env'],
  crypto: ['getRandomValues', 'randomUUID'],
};
const MODULES = {
  'node:process': ['default', 'env'],
  process: ['default', 'env'],
};

const nameOf = (node) => {
  if (node.type === 'Identifier') return node.name;
  // globalThis.Date is Date
  if (node.type === 'MemberExpression' && node.object.type === 'Identifier' && node.object.name === 'globalThis') {
    return memberOf(node);
  }
  return undefined;
};

function memberOf(node) {
  if (!node.computed && node.property.type === 'Identifier') return node.property.name;
  return node.computed && node.property.type === 'Literal' ? node.property.value : undefined;
}

const injected = {
  meta: { type: 'problem', docs: { description: 'no wall clock, randomness or environment in deterministic code' } },
  create(context) {
    const report = (node, what) => context.report({ node, message: `${what} is not allowed here: ${WHY}` });
    return {
      MemberExpression(node) {
        const owner = nameOf(node.object);
        const member = memberOf(node);
        if (owner !== undefined && BANNED[owner]?.includes(member)) report(node, `${owner}.${member}`);
      },
      // const { env } = process; const { now } = Date
      VariableDeclarator(node) {
        const owner = node.init === null ? undefined : nameOf(node.init);
        if (node.id.type !== 'ObjectPattern' || owner === undefined || !(owner in BANNED)) return;
        for (const property of node.id.properties) {
          const key =
            property.type === 'Property' && property.key.type === 'Identifier' ? property.key.name : undefined;
          if (key !== undefined && BANNED[owner].includes(key)) report(property, `${owner}.${key}`);
        }
      },
      NewExpression(node) {
        if (nameOf(node.callee) === 'Date' && node.arguments.length === 0) report(node, 'new Date()');
      },
      CallExpression(node) {
        if (nameOf(node.callee) === 'Date') report(node, 'Date()');
      },
      ImportDeclaration(node) {
        const banned = MODULES[node.source.value];
        for (const specifier of banned === undefined ? [] : node.specifiers) {
          const imported = specifier.type === 'ImportSpecifier' ? specifier.imported.name : 'default';
          if (banned.includes(imported)) report(specifier, `${imported} of ${node.source.value}`);
        }
      },
    };
  },
};

export default { meta: { name: 'determinism' }, rules: { injected } };
