package advisory
import ("testing";"time";"fmt";"encoding/json";"context";"bulwark/internal/finding")
func TestZZ(t *testing.T){
 t0:=time.Now(); db,err:=Embedded(); fmt.Println(time.Since(t0),err)
 fmt.Println(db.Info())
 for _,id:=range []string{"CVE-2021-44228","cve-2020-11076","GHSA-x7jg-6pwg-fx5h","RETIREJS-npm-npmconf-1","DSA-5380-1","GO-2022-0952"} { t0=time.Now(); e,ok:=db.Explain(id); b,_:=json.Marshal(e); fmt.Println(time.Since(t0),ok,string(b[:min(len(b),1500)])) }
 in:=Input{OS:&finding.OSRelease{ID:"debian",VersionID:"12",Release:"Debian:12"},Packages:[]finding.Package{
  {ID:"pkg:deb/debian/libssl3@3.0.11-1~deb12u1",Type:"deb",Name:"libssl3",Version:"3.0.11-1~deb12u1",SourceName:"openssl",Release:"Debian:12",PURL:"pkg:deb/debian/libssl3@3.0.11-1~deb12u1"},
  {ID:"pkg:npm/lodash@4.17.0",Type:"npm",Name:"lodash",Version:"4.17.0",PURL:"pkg:npm/lodash@4.17.0"},
  {ID:"pkg:npm/jquery@3.3.0",Type:"npm",Name:"jquery",Version:"3.3.0",PURL:"pkg:npm/jquery@3.3.0"},
  {ID:"pkg:pypi/Jinja2@2.10",Type:"pypi",Name:"Jinja2",Version:"2.10",PURL:"pkg:pypi/jinja2@2.10"},
  {ID:"a",Type:"golang",Name:"stdlib",Version:"1.20.1",PURL:"pkg:golang/stdlib@1.20.1"},
 }}
 a,err:=db.Match(context.Background(),in)
 fmt.Println(len(a.Results),err)
 for i,r:=range a.Results { b,_:=json.Marshal(r); if i%7==0 {fmt.Println(string(b))} }
 b,_:=json.MarshalIndent(a.Coverage,""," "); fmt.Println(string(b))
}
