// A reading from Dart: dart run reading.dart "Will it go well?"
import 'dart:io';
import 'dart:math';

import 'eryao.dart';

Future<void> main(List<String> arguments) async {
  final server = Platform.environment['SERVER'] ?? 'http://127.0.0.1:8000';
  final eryao = Eryao(server, Platform.environment['TOKEN']!);
  final threadId = uuid();
  var runId = uuid();
  var events = eryao.run({
    'threadId': threadId,
    'runId': runId,
    'messages': [
      {'id': uuid(), 'role': 'user', 'content': arguments.first},
    ],
    'forwardedProps': {
      'runtime_mode': 'divination',
      'divinationPayload': {
        'question': arguments.first,
        'category': 'general',
        'method': 'manual',
        'lines': [7, 8, 9, 7, 7, 6], // thrown by the user, the lowest line first
        'castAt': DateTime.now().toUtc().toIso8601String(),
        'timezone': 'UTC',
        'locale': 'en',
      },
    },
  });
  // A tool that asks first ends the run with interrupts; the last decision names the run that goes on.
  for (var waiting = await tell(events); waiting.isNotEmpty; waiting = await tell(events)) {
    late Event decided;
    for (final interrupt in waiting) {
      stderr.writeln(interrupt['message']);
      decided = await eryao.decide(runId, interrupt['toolCallId'] as String, true);
    }
    runId = decided['runId'] as String;
    events = eryao.resume(threadId, runId);
  }
  eryao.close();
}

/// Print what is said; return what the user has to decide.
Future<List<Event>> tell(Stream<Event> events) async {
  await for (final event in events) {
    switch (event['type']) {
      case 'TEXT_MESSAGE_CONTENT':
        stdout.write(event['delta']);
      case 'RUN_ERROR':
        throw Refused(event['code'] as String, event['message'] as String);
      case 'RUN_FINISHED':
        final outcome = event['outcome'] as Event;
        return [...(outcome['interrupts'] as List<dynamic>? ?? []).cast<Event>()];
    }
  }
  return [];
}

String uuid() {
  final random = Random.secure();
  final bytes = List<int>.generate(16, (_) => random.nextInt(256));
  bytes[6] = bytes[6] & 0x0f | 0x40;
  bytes[8] = bytes[8] & 0x3f | 0x80;
  final hex = bytes.map((byte) => byte.toRadixString(16).padLeft(2, '0')).join();
  final parts = [for (final (from, to) in const [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)]) hex.substring(from, to)];
  return parts.join('-');
}
