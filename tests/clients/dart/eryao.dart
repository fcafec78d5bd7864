/// A reader of eryao's streams for Dart and Flutter: cursor, resume and interrupts, on dart:io alone.
library;

import 'dart:async';
import 'dart:convert';
import 'dart:io';
import 'dart:math';

typedef Event = Map<String, dynamic>;

/// The server said no; tell refusals apart by [code], never by [detail].
class Refused implements Exception {
  Refused(this.code, this.detail);

  final String code;
  final String detail;

  @override
  String toString() => '$code: $detail';
}

/// One signed-in user of one server.
class Eryao {
  Eryao(String server, this._token) : _base = '$server/api/v1/agent';

  final String _base;
  final String _token;
  final HttpClient _http = HttpClient()..connectionTimeout = const Duration(seconds: 10);

  /// A heartbeat comes every 15 s: a line that is quiet for much longer is dead.
  static const Duration quiet = Duration(seconds: 45);
  static const Set<String> _last = {'RUN_FINISHED', 'RUN_ERROR'};

  void close() => _http.close(force: true);

  /// Every event of a run, each once. The run goes on without its viewer: when the line drops, the
  /// rest is asked for; as long as nothing came, the POST is sent again, as its runId makes it the
  /// same run, charged once.
  Stream<Event> run(Event body, {int tries = 8}) => _follow(body, null, tries);

  /// A run that an approval has continued, or one to come back to after [cursor].
  Stream<Event> resume(String threadId, String runId, {String cursor = '', int tries = 8}) =>
      _follow({'threadId': threadId, 'runId': runId}, cursor, tries);

  /// Approve or reject a call; once none is open, the answer names the run that goes on.
  Future<Event> decide(String runId, String callId, bool approve, {Event? editedArgs}) async {
    final decision = <String, dynamic>{'decision': approve ? 'approve' : 'reject'};
    if (editedArgs != null) decision['editedArgs'] = editedArgs;
    final path = '$_base/runs/$runId/tool-calls/$callId/decision';
    final response = await _send('POST', Uri.parse(path), body: decision);
    return jsonDecode(await utf8.decodeStream(response)) as Event;
  }

  Stream<Event> _follow(Event body, String? cursor, int tries) async* {
    var failures = 0;
    while (failures < tries) {
      try {
        await for (final (id, event) in _stream(body, cursor)) {
          cursor = id;
          failures = 0;
          yield event;
          if (_last.contains(event['type'])) return;
        }
      } on IOException {
        // What came is not lost; the rest is asked for.
      } on TimeoutException {
        // The same.
      }
      failures += 1;
      final pause = min(200 * pow(2, failures).toInt(), 10000);
      await Future<void>.delayed(Duration(milliseconds: pause ~/ 2 + Random().nextInt(pause ~/ 2)));
    }
    throw const SocketException('the server does not answer');
  }

  Stream<(String, Event)> _stream(Event body, String? cursor) async* {
    final response = cursor == null
        ? await _send('POST', Uri.parse('$_base/runs'), body: body)
        : await _send('GET', _events(body), cursor: cursor);
    if (response.statusCode == HttpStatus.noContent) return;
    var id = '';
    var data = '';
    // A frame is whole once its blank line came; what is torn at the end comes again.
    await for (final line
        in response.timeout(quiet).transform(utf8.decoder).transform(const LineSplitter())) {
      if (line.startsWith('id: ')) {
        id = line.substring(4);
      } else if (line.startsWith('data: ')) {
        data = line.substring(6);
      } else if (line.isEmpty && data.isNotEmpty) {
        yield (id, jsonDecode(data) as Event);
        data = '';
      }
    }
  }

  Uri _events(Event body) =>
      Uri.parse('$_base/sessions/${body['threadId']}/events?runId=${body['runId']}');

  Future<HttpClientResponse> _send(String method, Uri url, {Event? body, String cursor = ''}) async {
    final request = await _http.openUrl(method, url);
    request.headers
      ..set(HttpHeaders.authorizationHeader, 'Bearer $_token')
      ..set(HttpHeaders.acceptHeader, 'text/event-stream');
    if (cursor.isNotEmpty) request.headers.set('Last-Event-ID', cursor);
    if (body != null) {
      request.headers.contentType = ContentType.json;
      request.add(utf8.encode(jsonEncode(body)));
    }
    final response = await request.close();
    if (response.statusCode >= 502) throw HttpException('HTTP ${response.statusCode}', uri: url);
    if (response.statusCode >= 400) {
      final problem = jsonDecode(await utf8.decodeStream(response)) as Event;
      throw Refused(problem['code'] as String, problem['detail'] as String? ?? '');
    }
    return response;
  }
}
