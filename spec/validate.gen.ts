// Generated from openapi.yaml by generate.ts. To change it, edit openapi.yaml and run `pnpm generate`.
// @ts-nocheck: compiled code. validate.ts gives it types.
function isDateTime(text        )          {
  const length = text.length;
  if (length < 20) return false;
  const digits = (at        )         => {
    const tens = text.charCodeAt(at) - 48;
    const ones = text.charCodeAt(at + 1) - 48;
    return tens >>> 0 > 9 || ones >>> 0 > 9 ? Number.NaN : tens * 10 + ones;
  };
  const century = digits(0);
  const yearOfCentury = digits(2);
  const month = digits(5);
  const day = digits(8);
  const hour = digits(11);
  const minute = digits(14);
  const second = digits(17);
  // NaN fails every comparison, so a character that is no digit ends here too.
  if (!(century >= 0 && yearOfCentury >= 0 && month >= 1 && month <= 12 && day >= 1)) return false;
  if (day > 28) {
    const leap = yearOfCentury === 0 ? century % 4 === 0 : yearOfCentury % 4 === 0;
    const last =
      month === 2
        ? leap
          ? 29
          : 28
        : month === 4 || month === 6 || month === 9 || month === 11
          ? 30
          : 31;
    if (day > last) return false;
  }
  // 60 is a leap second.
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return false;
  const separator = text.charCodeAt(10) | 32;
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45 || separator !== 116) return false;
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return false;

  let at = 19;
  if (text.charCodeAt(at) === 46) {
    const start = ++at;
    while (at < length && (text.charCodeAt(at) - 48) >>> 0 <= 9) at++;
    if (at === start) return false;
  }
  const zone = text.charCodeAt(at);
  if ((zone | 32) === 122) return at + 1 === length;
  if (zone !== 43 && zone !== 45) return false;
  return (
    at + 6 === length &&
    digits(at + 1) <= 23 &&
    text.charCodeAt(at + 3) === 58 &&
    digits(at + 4) <= 59
  );
}
const formats = { "date-time": isDateTime };
export const validateMailArchives = /* @__PURE__ */ (() => {
"use strict";const schema12 = {"type":"array","items":{"$ref":"#/components/schemas/MailArchive"}};const schema13 = {"type":"object","required":["id","action","target","sendingDate","url","expiresOn"],"properties":{"id":{"type":"string"},"action":{"type":"string"},"target":{"type":"string"},"sendingDate":{"type":"string","format":"date-time"},"url":{"type":"string"},"expiresOn":{"type":"string","format":"date-time"}}};const formats0 = formats["date-time"];function validate11(data, {instancePath="", most=Infinity}={}){let vErrors = [];let errors = 0;if(Array.isArray(data)){const len0 = data.length;for(let i0=0; i0<len0 && errors<most; i0++){let data0 = data[i0];if(data0 && typeof data0 == "object" && !Array.isArray(data0)){if(data0.id === undefined){const err0 = {instancePath:instancePath+"/" + i0,keyword:"required",params:{missingProperty: "id"}};vErrors.push(err0);errors++;}if(data0.action === undefined){const err1 = {instancePath:instancePath+"/" + i0,keyword:"required",params:{missingProperty: "action"}};vErrors.push(err1);errors++;}if(data0.target === undefined){const err2 = {instancePath:instancePath+"/" + i0,keyword:"required",params:{missingProperty: "target"}};vErrors.push(err2);errors++;}if(data0.sendingDate === undefined){const err3 = {instancePath:instancePath+"/" + i0,keyword:"required",params:{missingProperty: "sendingDate"}};vErrors.push(err3);errors++;}if(data0.url === undefined){const err4 = {instancePath:instancePath+"/" + i0,keyword:"required",params:{missingProperty: "url"}};vErrors.push(err4);errors++;}if(data0.expiresOn === undefined){const err5 = {instancePath:instancePath+"/" + i0,keyword:"required",params:{missingProperty: "expiresOn"}};vErrors.push(err5);errors++;}if(data0.id !== undefined){if(typeof data0.id !== "string"){const err6 = {instancePath:instancePath+"/" + i0+"/id",keyword:"type",params:{type: "string"}};vErrors.push(err6);errors++;}}if(data0.action !== undefined){if(typeof data0.action !== "string"){const err7 = {instancePath:instancePath+"/" + i0+"/action",keyword:"type",params:{type: "string"}};vErrors.push(err7);errors++;}}if(data0.target !== undefined){if(typeof data0.target !== "string"){const err8 = {instancePath:instancePath+"/" + i0+"/target",keyword:"type",params:{type: "string"}};vErrors.push(err8);errors++;}}if(data0.sendingDate !== undefined){let data4 = data0.sendingDate;if(typeof data4 === "string"){if(!(formats0(data4))){const err9 = {instancePath:instancePath+"/" + i0+"/sendingDate",keyword:"format",params:{format: "date-time"}};vErrors.push(err9);errors++;}}else {const err10 = {instancePath:instancePath+"/" + i0+"/sendingDate",keyword:"type",params:{type: "string"}};vErrors.push(err10);errors++;}}if(data0.url !== undefined){if(typeof data0.url !== "string"){const err11 = {instancePath:instancePath+"/" + i0+"/url",keyword:"type",params:{type: "string"}};vErrors.push(err11);errors++;}}if(data0.expiresOn !== undefined){let data6 = data0.expiresOn;if(typeof data6 === "string"){if(!(formats0(data6))){const err12 = {instancePath:instancePath+"/" + i0+"/expiresOn",keyword:"format",params:{format: "date-time"}};vErrors.push(err12);errors++;}}else {const err13 = {instancePath:instancePath+"/" + i0+"/expiresOn",keyword:"type",params:{type: "string"}};vErrors.push(err13);errors++;}}}else {const err14 = {instancePath:instancePath+"/" + i0,keyword:"type",params:{type: "object"}};vErrors.push(err14);errors++;}}}else {const err15 = {instancePath,keyword:"type",params:{type: "array"}};vErrors.push(err15);errors++;}validate11.errors = vErrors;return errors === 0;}return validate11;
})();
export const validateMailArchivesShape = /* @__PURE__ */ (() => {
"use strict";const schema12 = {"type":"array","items":{"$ref":"#/components/schemas/MailArchive"}};const schema13 = {"type":"object","required":["id","action","target","sendingDate","url","expiresOn"],"properties":{"id":{"type":"string"},"action":{"type":"string"},"target":{"type":"string"},"sendingDate":{"type":"string"},"url":{"type":"string"},"expiresOn":{"type":"string"}}};function validate11(data, {instancePath="", most=Infinity}={}){let vErrors = [];let errors = 0;if(Array.isArray(data)){const len0 = data.length;for(let i0=0; i0<len0 && errors<most; i0++){let data0 = data[i0];if(data0 && typeof data0 == "object" && !Array.isArray(data0)){if(data0.id === undefined){const err0 = {instancePath:instancePath+"/" + i0,keyword:"required",params:{missingProperty: "id"}};vErrors.push(err0);errors++;}if(data0.action === undefined){const err1 = {instancePath:instancePath+"/" + i0,keyword:"required",params:{missingProperty: "action"}};vErrors.push(err1);errors++;}if(data0.target === undefined){const err2 = {instancePath:instancePath+"/" + i0,keyword:"required",params:{missingProperty: "target"}};vErrors.push(err2);errors++;}if(data0.sendingDate === undefined){const err3 = {instancePath:instancePath+"/" + i0,keyword:"required",params:{missingProperty: "sendingDate"}};vErrors.push(err3);errors++;}if(data0.url === undefined){const err4 = {instancePath:instancePath+"/" + i0,keyword:"required",params:{missingProperty: "url"}};vErrors.push(err4);errors++;}if(data0.expiresOn === undefined){const err5 = {instancePath:instancePath+"/" + i0,keyword:"required",params:{missingProperty: "expiresOn"}};vErrors.push(err5);errors++;}if(data0.id !== undefined){if(typeof data0.id !== "string"){const err6 = {instancePath:instancePath+"/" + i0+"/id",keyword:"type",params:{type: "string"}};vErrors.push(err6);errors++;}}if(data0.action !== undefined){if(typeof data0.action !== "string"){const err7 = {instancePath:instancePath+"/" + i0+"/action",keyword:"type",params:{type: "string"}};vErrors.push(err7);errors++;}}if(data0.target !== undefined){if(typeof data0.target !== "string"){const err8 = {instancePath:instancePath+"/" + i0+"/target",keyword:"type",params:{type: "string"}};vErrors.push(err8);errors++;}}if(data0.sendingDate !== undefined){if(typeof data0.sendingDate !== "string"){const err9 = {instancePath:instancePath+"/" + i0+"/sendingDate",keyword:"type",params:{type: "string"}};vErrors.push(err9);errors++;}}if(data0.url !== undefined){if(typeof data0.url !== "string"){const err10 = {instancePath:instancePath+"/" + i0+"/url",keyword:"type",params:{type: "string"}};vErrors.push(err10);errors++;}}if(data0.expiresOn !== undefined){if(typeof data0.expiresOn !== "string"){const err11 = {instancePath:instancePath+"/" + i0+"/expiresOn",keyword:"type",params:{type: "string"}};vErrors.push(err11);errors++;}}}else {const err12 = {instancePath:instancePath+"/" + i0,keyword:"type",params:{type: "object"}};vErrors.push(err12);errors++;}}}else {const err13 = {instancePath,keyword:"type",params:{type: "array"}};vErrors.push(err13);errors++;}validate11.errors = vErrors;return errors === 0;}return validate11;
})();
