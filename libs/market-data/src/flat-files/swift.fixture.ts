import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian's interpreter: `apt install python3-swift` puts OpenStack Swift there. */
const PYTHON = '/usr/bin/python3';

export function swiftIsInstalled(): boolean {
  return spawnSync(PYTHON, ['-c', 'import swift.common.middleware.s3api']).status === 0;
}

/** Rings of one replica on one device, and four configurations. */
const PREPARE = `
import os, sys
base, port = sys.argv[1], int(sys.argv[2])
from swift.common.ring import RingBuilder
os.makedirs(base + '/etc'); os.makedirs(base + '/dev/d1')
def write(name, text): open(base + '/etc/' + name, 'w').write(text)
write('swift.conf', '[swift-hash]\\nswift_hash_path_suffix = s\\nswift_hash_path_prefix = p\\n')
common = '[DEFAULT]\\nbind_ip=127.0.0.1\\nbind_port=%d\\nswift_dir=' + base + '/etc\\nworkers=0\\nuser=' + sys.argv[3] + '\\n'
for place, kind in enumerate(['object', 'container', 'account'], 1):
    ring = RingBuilder(4, 1, 0)
    ring.add_dev({'id': 0, 'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': port + place, 'device': 'd1', 'weight': 1})
    ring.rebalance(); ring.get_ring().save(base + '/etc/%s.ring.gz' % kind)
    write(kind + '.conf', common % (port + place) + 'devices=%s/dev\\nmount_check=false\\n[pipeline:main]\\npipeline=%s-server\\n[app:%s-server]\\nuse=egg:swift#%s\\n' % (base, kind, kind, kind))
write('proxy.conf', common % port + '''[pipeline:main]
pipeline=catch_errors cache s3api tempauth proxy-server
[app:proxy-server]
use=egg:swift#proxy
allow_account_management=true
account_autocreate=true
[filter:catch_errors]
use=egg:swift#catch_errors
[filter:cache]
use=egg:swift#memcache
memcache_servers=127.0.0.1:1
[filter:s3api]
use=egg:swift#s3api
location=us-east-1
[filter:tempauth]
use=egg:swift#tempauth
user_test_tester=testing .admin
''')
`;

const SERVE = `
import sys
import swift.common.utils as utils
utils.SWIFT_CONF_FILE = sys.argv[1] + '/etc/swift.conf'
utils.eventlet_monkey_patch()
from swift.common.wsgi import run_wsgi
sys.exit(run_wsgi(sys.argv[1] + '/etc/%s.conf' % sys.argv[2], sys.argv[2] + '-server', verbose=False))
`;

/** OpenStack Swift with its S3 interface on free ports of this machine: an S3 server by others, which checks signatures. */
export class Swift {
  readonly url: string;
  readonly accessKey = 'test:tester';
  readonly secretKey = 'testing';
  readonly #base: string;
  readonly #children: readonly ChildProcess[];

  private constructor(base: string, port: number, children: readonly ChildProcess[]) {
    this.#base = base;
    this.url = `http://127.0.0.1:${port}`;
    this.#children = children;
  }

  static async start(): Promise<Swift> {
    const base = mkdtempSync(join(tmpdir(), 'swift-'));
    const port = await freePorts(4);
    const user = spawnSync('id', ['-un'], { encoding: 'utf8' }).stdout.trim();
    const prepared = spawnSync(PYTHON, ['-c', PREPARE, base, String(port), user], { encoding: 'utf8' });
    if (prepared.status !== 0) throw new Error(prepared.stderr);
    const children = ['object', 'container', 'account', 'proxy'].map((kind) =>
      spawn(PYTHON, ['-c', SERVE, base, kind], { stdio: 'ignore' }),
    );
    const swift = new Swift(base, port, children);
    for (let attempt = 0; attempt < 200; attempt++) {
      const answers = await Promise.all([0, 1, 2, 3].map((offset) => isUp(`http://127.0.0.1:${port + offset}/`)));
      if (answers.every(Boolean)) return swift;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await swift.stop();
    throw new Error('Swift did not start');
  }

  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(this.#base, { recursive: true, force: true });
  }
}

async function isUp(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

/** The first of `count` ports in a row of which the first is known to be free. */
async function freePorts(count: number): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return Math.min(address.port, 65_535 - count);
}
