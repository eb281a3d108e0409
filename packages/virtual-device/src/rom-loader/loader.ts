import { createHash } from 'node:crypto';
import type { ChipModel } from './chip-models.ts';
import { FlashDownload } from './flash-download.ts';
import { FlashReader } from './flash-reader.ts';
import type { NorFlash } from './nor-flash.ts';
import { checksumOf, failures, opcodes, parseCommand, wordAt, type LoaderCommand } from './opcodes.ts';
import type { RomFault, SeenCommand } from './faults.ts';
import type { Registers } from './registers.ts';

/** The protocol's block of a mask ROM; a stub takes more. */
const romBlock = 0x400;
const syncAnswers = 8;
const syncValueOfRom = 0x2012_0707;

export interface LoaderHost {
  chip: ChipModel;
  flash: NorFlash;
  registers: Registers;
  security: { flags: number; flashCryptCount: number; isSecureDownload: boolean };
  baud: () => number;
  setBaud: (baud: number) => void;
  send: (packet: Uint8Array) => void;
  /** Leaves the loader and starts what the flash holds. */
  run: () => void;
  /** Back to the ROM's loader. */
  restart: () => void;
  fault: (command: SeenCommand) => RomFault | undefined;
}

type Answer = { value?: number; data?: Uint8Array } | { failure: number; isUnknown?: boolean };
const done: Answer = {};

/** What answers in download mode: the mask ROM, and after an upload to RAM the stub. */
export class Loader {
  readonly #host: LoaderHost;
  #isStub = false;
  #isDead = false;
  #lastOp = 0;
  #count = 0;
  #uploaded = 0;
  #download: FlashDownload | undefined = undefined;
  #reader: FlashReader | undefined = undefined;

  constructor(host: LoaderHost) {
    this.#host = host;
  }

  get isStub(): boolean {
    return this.#isStub;
  }

  /** Falls silent for good. */
  die(): void {
    this.#isDead = true;
  }

  take(packet: Uint8Array): void {
    if (this.#isDead) return;
    if (this.#reader !== undefined && !this.#reader.isDone) {
      // What is no acknowledgement ends the stub's reading, and is lost.
      if (packet.length === 4) this.#reader.acknowledge(wordAt(packet, 0));
      else this.#reader.abort();
      return;
    }
    const command = parseCommand(packet);
    if (command === undefined) return;
    const fault = this.#host.fault({ ...command, index: this.#count++, isStub: this.#isStub });
    if (fault === 'die') this.#isDead = true;
    if (fault === 'lose' || fault === 'die') return;
    const answer =
      fault === 'refuse' || fault === 'deflate-error' ? this.#failure(fault) : this.#execute(command);
    if (fault === 'mute') return;
    if (fault === 'wrong-md5' && !('failure' in answer)) answer.data?.reverse();
    this.#answer(command, answer);
  }

  #failure(fault: 'refuse' | 'deflate-error'): Answer {
    if (fault === 'refuse') return { failure: failures.failedToAct };
    return { failure: this.#isStub ? failures.stubInflate : failures.deflate };
  }

  #answer(command: LoaderCommand, answer: Answer): void {
    const isUnknown = 'failure' in answer && answer.isUnknown === true;
    // The ROM names the command it served last when it does not know this one.
    const op = isUnknown && !this.#isStub ? this.#lastOp : command.op;
    if (!isUnknown) this.#lastOp = command.op;
    const data = 'data' in answer ? (answer.data ?? new Uint8Array(0)) : new Uint8Array(0);
    const statusLength = this.#isStub ? 2 : 4;
    const packet = new Uint8Array(8 + data.length + statusLength);
    const view = new DataView(packet.buffer);
    view.setUint8(0, 1);
    view.setUint8(1, op);
    view.setUint16(2, data.length + statusLength, true);
    view.setUint32(4, 'value' in answer ? (answer.value ?? 0) : 0, true);
    packet.set(data, 8);
    if ('failure' in answer) packet.set([1, answer.failure], 8 + data.length);
    const times = op === opcodes.sync ? syncAnswers : 1;
    for (let index = 0; index < times; index += 1) this.#host.send(packet);
    if (!('failure' in answer)) this.#afterAnswer(command);
  }

  /** What a command does once its answer is out. */
  #afterAnswer(command: LoaderCommand): void {
    const { op, data } = command;
    if (op === opcodes.changeBaud) this.#host.setBaud(wordAt(data, 0));
    if (op === opcodes.readFlash) this.#reader?.start();
    if (op === opcodes.memEnd && wordAt(data, 0) === 0 && this.#uploaded > 0) {
      this.#isStub = true;
      this.#host.send(Buffer.from('OHAI'));
    }
    const isLeaving = op === opcodes.flashEnd || op === opcodes.deflateEnd;
    // The ROM leaves for the application. The stub stays, or reboots: into the ROM's loader, because the chip latched
    // IO0 at the last hardware reset.
    if (isLeaving && !this.#isStub) this.#host.run();
    else if (isLeaving && wordAt(data, 0) === 0) this.#host.restart();
  }

  #execute(command: LoaderCommand): Answer {
    const { data } = command;
    const { flash, registers, chip, security } = this.#host;
    if (security.isSecureDownload && !allowedInSecureDownload.has(command.op)) return this.#unknown();
    switch (command.op) {
      case opcodes.sync:
        return { value: this.#isStub ? 0 : syncValueOfRom };
      case opcodes.readRegister:
        return { value: registers.read(wordAt(data, 0), this.#host.baud()) };
      case opcodes.writeRegister:
        registers.write(wordAt(data, 0), wordAt(data, 1), wordAt(data, 2));
        return done;
      case opcodes.memBegin:
        this.#uploaded = 0;
        return done;
      case opcodes.memData:
        return this.#block(command, (block) => {
          this.#uploaded += block.length;
          return undefined;
        });
      case opcodes.memEnd:
      case opcodes.spiSetParameters:
      case opcodes.changeBaud:
        return done;
      case opcodes.spiAttach:
        return data.length >= (this.#isStub ? 4 : 8) ? done : this.#unknown();
      case opcodes.flashBegin:
      case opcodes.deflateBegin:
        return this.#begin(command);
      case opcodes.flashData:
      case opcodes.deflateData:
        return this.#block(command, (block) =>
          this.#download?.plan.isDeflated === (command.op === opcodes.deflateData)
            ? this.#download.take(block)
            : this.#isStub
              ? failures.stubNotInFlashMode
              : failures.failedToAct,
        );
      case opcodes.flashEnd:
      case opcodes.deflateEnd:
        return this.#end();
      case opcodes.md5:
        return this.#md5(wordAt(data, 0), wordAt(data, 1));
      case opcodes.securityInfo:
        return chip.hasSecurityInfo ? { data: this.#securityInfo() } : this.#unknown();
      case opcodes.readFlashSlow:
        return this.#isStub ? this.#unknown() : { data: this.#slowRead(wordAt(data, 0), wordAt(data, 1)) };
    }
    if (!this.#isStub) return this.#unknown();
    switch (command.op) {
      case opcodes.eraseFlash:
        flash.erase(0, flash.bytes.length);
        return done;
      case opcodes.eraseRegion:
        if (!flash.contains(wordAt(data, 0), wordAt(data, 1))) return { failure: failures.stubBadLength };
        flash.erase(wordAt(data, 0), wordAt(data, 1));
        return done;
      case opcodes.readFlash:
        this.#reader = new FlashReader(flash, data, this.#host.send);
        return done;
      default:
        return this.#unknown();
    }
  }

  #unknown(): Answer {
    return { failure: this.#isStub ? failures.stubNotImplemented : failures.invalidMessage, isUnknown: true };
  }

  #begin(command: LoaderCommand): Answer {
    const { data, op } = command;
    const [size, , blockSize, address] = [0, 1, 2, 3].map((index) => wordAt(data, index));
    if (size === undefined || blockSize === undefined || address === undefined) return this.#unknown();
    if (!this.#isStub) {
      const words = this.#host.chip.hasSecurityInfo ? 5 : 4;
      if (data.length !== words * 4 || blockSize > romBlock) return this.#refuse();
    }
    if (!this.#host.flash.contains(address, this.#isStub ? size : 0)) return this.#refuse();
    const isDeflated = op === opcodes.deflateBegin;
    this.#download = new FlashDownload(this.#host.flash, { address, size, isDeflated, isStub: this.#isStub });
    return done;
  }

  #end(): Answer {
    const isShort = this.#isStub && this.#download?.isComplete === false;
    this.#download = undefined;
    return isShort ? { failure: failures.stubNotEnoughData } : done;
  }

  /** An ESP32's ROM refuses a BEGIN with the status of an unknown command, but under its own opcode. */
  #refuse(): Answer {
    return { failure: this.#isStub ? failures.stubBadLength : failures.invalidMessage };
  }

  #block(command: LoaderCommand, take: (block: Uint8Array) => number | undefined): Answer {
    const block = command.data.subarray(16);
    if (block.length !== wordAt(command.data, 0)) {
      return { failure: this.#isStub ? failures.stubBadLength : failures.failedToAct };
    }
    if (checksumOf(block) !== (command.checksum & 0xff)) {
      return { failure: this.#isStub ? failures.stubBadChecksum : failures.invalidChecksum };
    }
    const failure = take(block);
    return failure === undefined ? done : { failure };
  }

  #md5(address: number, length: number): Answer {
    if (!this.#host.flash.contains(address, length)) return this.#refuse();
    const digest = createHash('md5').update(this.#host.flash.bytes.subarray(address, address + length));
    // The ROM writes it out in hexadecimal, the stub sends it as it is.
    return { data: this.#isStub ? digest.digest() : Buffer.from(digest.digest('hex'), 'latin1') };
  }

  #slowRead(address: number, length: number): Uint8Array {
    const data = new Uint8Array(64);
    data.set(this.#host.flash.bytes.subarray(address, address + Math.min(length, data.length)));
    return data;
  }

  #securityInfo(): Uint8Array {
    const { chipId, saysItsId } = this.#host.chip;
    const info = new DataView(new ArrayBuffer(saysItsId ? 20 : 12));
    info.setUint32(0, this.#host.security.flags, true);
    info.setUint8(4, this.#host.security.flashCryptCount);
    if (saysItsId) info.setUint32(12, chipId, true);
    return new Uint8Array(info.buffer);
  }
}

const allowedInSecureDownload = new Set<number>([
  opcodes.sync,
  opcodes.flashBegin,
  opcodes.flashData,
  opcodes.flashEnd,
  opcodes.deflateBegin,
  opcodes.deflateData,
  opcodes.deflateEnd,
  opcodes.spiSetParameters,
  opcodes.spiAttach,
  opcodes.changeBaud,
  opcodes.securityInfo,
]);
