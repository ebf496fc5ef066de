import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { geteuid } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverUser } from './server-user.ts';

const root = geteuid?.() === 0;

describe.skipIf(!root)('server user (needs root)', () => {
  let folder: string;
  let passwd: string;
  const binaries = () => ({ initdb: '', pgCtl: '', postgres: join(folder, 'bin', 'postgres') });
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trading-agent-user-'));
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'private'), { mode: 0o700 });
    passwd = join(folder, 'passwd');
    writeFileSync(passwd, 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is nobody where there is no user postgres, started directly where all folders can be passed', () => {
    const user = serverUser(binaries(), [join(folder, 'data')], undefined, passwd);
    expect(user.command('/p', ['-D', 'x'])).toEqual({ program: '/p', args: ['-D', 'x'], uid: 65534, gid: 65533 });
  });

  it('is the owner of an existing cluster', () => {
    const user = serverUser(binaries(), [join(folder, 'data')], { uid: 1234, gid: 99 }, passwd);
    expect(user.command('/p', [])).toMatchObject({ uid: 1234, gid: 99 });
  });

  it('gets the capability to pass folders it could not pass', () => {
    const user = serverUser(binaries(), [join(folder, 'private', 'new', 'data')], undefined, passwd);
    const { program, args, uid } = user.command('/p', ['-D']);
    expect(program).toMatch(/setpriv$/);
    expect(args.slice(-3)).toEqual(['--', '/p', '-D']);
    expect(args).toContain('--ambient-caps=+dac_override');
    expect(uid).toBeUndefined();
  });

  it('is a typed refusal with a hint where there is nobody to run as', () => {
    writeFileSync(`${passwd}.root`, 'root:x:0:0::/:/bin/sh\n');
    expect(() => serverUser(binaries(), [folder], undefined, `${passwd}.root`)).toThrow(
      expect.objectContaining({ code: 'STORE_START_FAILED', hint: expect.stringContaining('DATABASE_URL') }),
    );
  });
});

describe.skipIf(root)('server user (needs not to be root)', () => {
  it('is whoever runs this process', () => {
    const user = serverUser({ initdb: '', pgCtl: '', postgres: '' }, []);
    expect(user.command('/p', ['-D'])).toEqual({ program: '/p', args: ['-D'] });
  });
});
