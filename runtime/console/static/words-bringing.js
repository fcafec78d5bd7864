// Words for what people bring to a question besides typing it: files and their voice.

export const BRINGING = {
  addFiles: ["附文件", "Add files"],
  filesHint: [
    "最多 {n} 个，每个不超过 10 MB：图片、PDF、录音。",
    "Up to {n}, 10 MB each: pictures, PDF, recordings.",
  ],
  filesByMouse: ["也可以拖进来或粘贴。", " Drop or paste them too."],
  filesOf: ["附的文件", "Files"],
  sendingFile: ["正在传 {n}%", "Sending, {n}%"],
  fileThere: ["已附上 {name}", "{name} is added"],
  removeFile: ["去掉 {name}", "Remove {name}"],
  tryFile: ["再传 {name}", "Send {name} again"],
  filesUnderWay: ["文件还在传。", "Files are still on their way."],
  filesWrong: ["有文件没附上：再传，或去掉它。", "A file was not added: send it again, or remove it."],
  dropHere: ["放在这里", "Drop them here"],
  cutOff: ["断线了，没传完。", "The connection broke; it was not sent."],

  speak: ["说出来", "Speak"],
  speakWhy: ["按一下开始，再按一下结束；按住说也行", "Press to begin and again to end, or hold while you speak"],
  speakEnd: ["说完了 {t}", "Done {t}"],
  listening: ["正在听，最长 {t}", "Listening, {t} at most"],
  understanding: ["正在写成字", "Writing it down"],
  heardWords: ["写好了，看一看再问。", "Written down; look it over before you ask."],
  micDenied: ["浏览器不让用麦克风。在地址栏里允许，或打字。", "The browser does not let us use the microphone. Allow it beside the address, or type."],
  micNone: ["找不到麦克风，请打字。", "There is no microphone; please type."],

  suggested: ["可以接着问", "You could ask"],
};
