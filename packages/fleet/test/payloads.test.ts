import { describe, expect, it } from 'vitest';
import {
  isNodeName,
  parseCommand,
  parseState,
  parseStatus,
  parseTarget,
  parseTopic,
  topics,
} from '../src/index.ts';

const commit = 'a1'.repeat(20);

describe('topics', () => {
  it('are those that nodes use', () => {
    expect([
      topics.status('lamp'),
      topics.state('lamp'),
      topics.log('lamp'),
      topics.command('lamp'),
      topics.commandAll,
      topics.target('lamp'),
    ]).toEqual([
      'lamp/boot/status',
      'lamp/ota/state',
      'lamp/ota/log',
      'ota/cmd/lamp',
      'ota/cmd/all',
      'ota/target/lamp',
    ]);
  });

  it('are told apart, and from those of others', () => {
    const parsed = ['lamp/boot/status', 'lamp/ota/state', 'lamp/ota/log', 'ota/cmd/all', 'ota/target/lamp'];
    expect(parsed.map((topic) => parseTopic(topic)?.kind)).toEqual([
      'status',
      'state',
      'log',
      'command',
      'target',
    ]);
    expect(parseTopic('ota/cmd/all')?.node).toBe('all');
    for (const other of ['lamp/greeting', 'a/b/ota/state', '/ota/state', 'ota/cmd/', 'lamp/ota/state/x']) {
      expect(parseTopic(other)).toBeUndefined();
    }
  });

  it('have no place for some names', () => {
    expect(['lamp', 'Küche 2', '$x', 'ota'].filter(isNodeName)).toHaveLength(4);
    expect(['', 'all', 'a/b', 'a+', '#', 'a\0'].filter(isNodeName)).toEqual([]);
  });
});

describe('a state', () => {
  it('is whole, or a last will, whose other fields are null', () => {
    const will = parseState('lamp/ota/state', '{"node":"lamp","online":false}');
    expect(will).toEqual({
      node: 'lamp',
      online: false,
      version: null,
      previous: null,
      state: null,
      ref: null,
      error: null,
      boots: null,
      heap: null,
      firmware: null,
      since: null,
      cmd: null,
    });
  });

  it('may echo the id of a command that another program sent', () => {
    const withId = (cmd: unknown): string => JSON.stringify({ node: 'lamp', online: true, cmd });
    expect(parseState('lamp/ota/state', withId(7)).cmd).toBe('7');
    expect(parseState('lamp/ota/state', withId({ odd: 1 })).cmd).toBeNull();
  });

  it('that is none is refused with its topic and what is wrong, not with its payload', () => {
    const parse = (): unknown => parseState('lamp/ota/state', '{"node":"lamp","online":"secret"}');
    expect(parse).toThrow(expect.objectContaining({ code: 'FLEET_PAYLOAD' }) as Error);
    expect(parse).toThrow(/^lamp\/ota\/state is not a node's state: online /);
    expect(parse).not.toThrow(/secret/);
  });
});

describe('the other payloads', () => {
  it('are checked as well', () => {
    expect(parseCommand('ota/cmd/lamp', '{"cmd":"check","id":"1"}')).toEqual({ cmd: 'check', id: '1' });
    expect(parseTarget('ota/target/lamp', JSON.stringify({ commit }))).toEqual({ commit });
    expect(parseTarget('ota/target/lamp', '')).toBeNull();
    expect(parseStatus('lamp/boot/status', 'OTA_error')).toBe('OTA_error');
    const wrong = [
      () => parseCommand('ota/cmd/lamp', '{"cmd":"explode"}'),
      () => parseCommand('ota/cmd/lamp', 'check'),
      () => parseTarget('ota/target/lamp', '{"commit":"main"}'),
      () => parseStatus('lamp/boot/status', 'fine'),
    ];
    for (const parse of wrong)
      expect(parse).toThrow(expect.objectContaining({ code: 'FLEET_PAYLOAD' }) as Error);
  });
});
