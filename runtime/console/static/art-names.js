// The names of the art as the English readings spell them; a test holds the two together.

// By the number of the hexagram, from the first.
export const HEXAGRAMS = [
  "Qián", "Kūn", "Zhūn", "Méng", "Xū", "Sòng", "Shī", "Bǐ",
  "Xiǎo Xù", "Lǚ", "Tài", "Pǐ", "Tóng Rén", "Dà Yǒu", "Qiān", "Yù",
  "Suí", "Gǔ", "Lín", "Guān", "Shì Hé", "Bì", "Bō", "Fù",
  "Wú Wàng", "Dà Xù", "Yí", "Dà Guò", "Kǎn", "Lí", "Xián", "Héng",
  "Dùn", "Dà Zhuàng", "Jìn", "Míng Yí", "Jiā Rén", "Kuí", "Jiǎn", "Xiè",
  "Sǔn", "Yì", "Guài", "Gòu", "Cuì", "Shēng", "Kùn", "Jǐng",
  "Gé", "Dǐng", "Zhèn", "Gèn", "Jiàn", "Guī Mèi", "Fēng", "Lǚ",
  "Xùn", "Duì", "Huàn", "Jié", "Zhōng Fú", "Xiǎo Guò", "Jì Jì", "Wèi Jì",
];
export const SOLAR_TERMS = {
  lichun: "Start of Spring", yushui: "Rain Water", jingzhe: "Awakening of Insects", chunfen: "Spring Equinox",
  qingming: "Clear and Bright", guyu: "Grain Rain", lixia: "Start of Summer", xiaoman: "Lesser Fullness",
  mangzhong: "Grain in Ear", xiazhi: "Summer Solstice", xiaoshu: "Lesser Heat", dashu: "Greater Heat",
  liqiu: "Start of Autumn", chushu: "End of Heat", bailu: "White Dew", qiufen: "Autumn Equinox",
  hanlu: "Cold Dew", shuangjiang: "Frost's Descent", lidong: "Start of Winter", xiaoxue: "Lesser Snow",
  daxue: "Greater Snow", dongzhi: "Winter Solstice", xiaohan: "Lesser Cold", dahan: "Greater Cold",
};
export const GLYPHS = {
  甲: "Jia", 乙: "Yi", 丙: "Bing", 丁: "Ding", 戊: "Wu", 己: "Ji", 庚: "Geng", 辛: "Xin", 壬: "Ren", 癸: "Gui", 子: "Zi",
  丑: "Chou", 寅: "Yin", 卯: "Mao", 辰: "Chen", 巳: "Si", 午: "Wu", 未: "Wei", 申: "Shen", 酉: "You", 戌: "Xu", 亥: "Hai",
  乾: "Qián", 坤: "Kūn", 震: "Zhèn", 巽: "Xùn", 坎: "Kǎn", 离: "Lí", 艮: "Gèn", 兑: "Duì",
};
