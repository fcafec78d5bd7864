// The words of the art, as the chart document codes them: [汉字, English].

export const CATEGORIES = {
  general: ["不分类", "Anything"],
  career: ["工作", "Work"],
  wealth: ["钱财", "Money"],
  love: ["感情", "Love"],
  study: ["学业", "Study"],
  health: ["健康", "Health"],
  family: ["家宅", "Family"],
  children: ["子女", "Children"],
  travel: ["出行", "Travel"],
  lost: ["失物", "Lost things"],
  lawsuit: ["官司", "Lawsuit"],
  property: ["房产", "Property"],
  social: ["人际", "People"],
};
export const RELATIVES = {
  siblings: ["兄弟", "Siblings"],
  children: ["子孙", "Children"],
  wealth: ["妻财", "Wealth"],
  officials: ["官鬼", "Officials"],
  parents: ["父母", "Parents"],
};
export const SPIRITS = {
  azureDragon: ["青龙", "Azure Dragon"],
  vermilionBird: ["朱雀", "Vermilion Bird"],
  hookedEarth: ["勾陈", "Hooked Earth"],
  soaringSerpent: ["螣蛇", "Soaring Serpent"],
  whiteTiger: ["白虎", "White Tiger"],
  darkWarrior: ["玄武", "Dark Warrior"],
};
export const ELEMENTS = {
  wood: ["木", "wood"],
  fire: ["火", "fire"],
  earth: ["土", "earth"],
  metal: ["金", "metal"],
  water: ["水", "water"],
};
export const ROLES = { shi: ["世", "self"], ying: ["应", "other"] };
export const CHART = {
  void: ["空", "void"],
  hidden: ["伏{who}{branch}", "beneath: {who} {branch}"],
  focus: ["用神", "focus"],
  moving: ["动", "moving"],
  palace: ["{n}宫", "{n} palace"],
  pillars: ["{year}年 {month}月 {day}日 {hour}时", "{year} year · {month} month · {day} day · {hour} hour"],
  voids: ["旬空 {n}", "void {n}"],
  term: ["{n}", "{n}"],
  becomes: ["之", "becomes"],
};
