// Generated from openapi.yaml by generate.ts. To change it, edit openapi.yaml and run `pnpm generate`.
// @ts-nocheck: compiled code. validate.ts gives it types.
export function mailArchives(data, isDateTime){const issues = [];
if(Array.isArray(data)){const len0 = data.length;
for(let i0=0; i0<len0; i0++){
let data0 = data[i0];
if(data0 && typeof data0 == "object" && !Array.isArray(data0)){
if(data0.id === undefined){
issues.push([""+"/" + i0+"/id", "a value"]);
}
if(data0.action === undefined){
issues.push([""+"/" + i0+"/action", "a value"]);
}
if(data0.target === undefined){
issues.push([""+"/" + i0+"/target", "a value"]);
}
if(data0.sendingDate === undefined){
issues.push([""+"/" + i0+"/sendingDate", "a value"]);
}
if(data0.url === undefined){
issues.push([""+"/" + i0+"/url", "a value"]);
}
if(data0.expiresOn === undefined){
issues.push([""+"/" + i0+"/expiresOn", "a value"]);
}
if(data0.id !== undefined){
if(typeof data0.id !== "string"){
issues.push([""+"/" + i0+"/id", "string"]);
}
}
if(data0.action !== undefined){
if(typeof data0.action !== "string"){
issues.push([""+"/" + i0+"/action", "string"]);
}
}
if(data0.target !== undefined){
if(typeof data0.target !== "string"){
issues.push([""+"/" + i0+"/target", "string"]);
}
}
if(data0.sendingDate !== undefined){
let data4 = data0.sendingDate;
if(typeof data4 === "string"){
if(!(isDateTime(data4))){
issues.push([""+"/" + i0+"/sendingDate", "date-time"]);
}
}else {
issues.push([""+"/" + i0+"/sendingDate", "string"]);
}
}
if(data0.url !== undefined){
if(typeof data0.url !== "string"){
issues.push([""+"/" + i0+"/url", "string"]);
}
}
if(data0.expiresOn !== undefined){
let data6 = data0.expiresOn;
if(typeof data6 === "string"){
if(!(isDateTime(data6))){
issues.push([""+"/" + i0+"/expiresOn", "date-time"]);
}
}else {
issues.push([""+"/" + i0+"/expiresOn", "string"]);
}
}
}else {
issues.push([""+"/" + i0, "object"]);
}
}
}else {
issues.push(["", "array"]);
}
return issues;
}
